/* SPDX-License-Identifier: MIT */
/*
 * Names of Java classes and methods as people write them: "java/util/HashMap" and "put" become
 * "java.util.HashMap.put". What the JVM numbers at run time (hidden classes, generated accessors,
 * proxies) loses its number, so that equal code of two runs has equal names.
 */
#pragma once

#include "base/buf.h"

/* Appends the class with dots, without run-time numbers. */
void java_class_name(struct buf *to, struct span class_name);
/* Appends "package.Class.method"; the method alone when there is no class. */
void java_method_name(struct buf *to, struct span class_name, struct span method);
/*
 * Appends the source file that the compiler's rules lead to: "com/acme/Outer.java" for
 * com.acme.Outer$Inner. Nothing for classes that no file has (arrays, generated ones).
 */
void java_source_file(struct buf *to, struct span class_name);
