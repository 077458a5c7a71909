#include "knowledge/knowledge.h"
const struct knowledge *knowledge_builtin(void) { static const struct knowledge k; return &k; }
int knowledge_overlay(const struct knowledge *base, const char *dir, struct arena *a, const struct knowledge **ret, struct err *err) { (void)base;(void)dir;(void)a;(void)ret; return fail(err, 38, "no overlays yet"); }
