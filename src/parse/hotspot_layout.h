/* SPDX-License-Identifier: MIT */
/*
 * Where HotSpot keeps what: libjvm exports tables of its own types and fields (made for its
 * serviceability agent), so that no version needs a table of ours. Read once per JVM, checked,
 * and refused when something that is needed is missing.
 */
#pragma once

#include "base/err.h"
#include "base/memory_reader.h"

/* Symbols of libjvm that say where the tables are and how they are laid out. */
#define HOTSPOT_SYMBOLS(X)                                      \
	X(STRUCTS, "gHotSpotVMStructs")                         \
	X(STRUCT_STRIDE, "gHotSpotVMStructEntryArrayStride")    \
	X(STRUCT_TYPE, "gHotSpotVMStructEntryTypeNameOffset")   \
	X(STRUCT_FIELD, "gHotSpotVMStructEntryFieldNameOffset") \
	X(STRUCT_OFFSET, "gHotSpotVMStructEntryOffsetOffset")   \
	X(STRUCT_ADDRESS, "gHotSpotVMStructEntryAddressOffset") \
	X(TYPES, "gHotSpotVMTypes")                             \
	X(TYPE_STRIDE, "gHotSpotVMTypeEntryArrayStride")        \
	X(TYPE_NAME, "gHotSpotVMTypeEntryTypeNameOffset")       \
	X(TYPE_SIZE, "gHotSpotVMTypeEntrySizeOffset")

enum hotspot_symbol {
#define X(id, name) HOTSPOT_##id,
	HOTSPOT_SYMBOLS(X)
#undef X
		HOTSPOT_N_SYMBOLS,
};

extern const char *const hotspot_symbol_names[HOTSPOT_N_SYMBOLS];

enum hotspot_field {
	/* addresses of static variables */
	HS_CODE_HEAP,  /* JDK 8: the one heap */
	HS_CODE_HEAPS, /* JDK 9 and newer: an array of them */
	HS_VERSION,    /* JDK 10 and newer */
	HS_OLD_VERSION,
	/* offsets of fields */
	HS_HEAP_MEMORY,
	HS_HEAP_SEGMAP,
	HS_HEAP_LOG2_SEGMENT,
	HS_SPACE_LOW,
	HS_SPACE_HIGH,
	HS_ARRAY_LEN,
	HS_ARRAY_DATA,
	HS_BLOB_NAME,
	HS_BLOB_FRAME_SIZE,
	HS_BLOB_FRAME_COMPLETE,
	HS_BLOB_CODE_BEGIN,
	HS_BLOB_CODE_END,
	HS_BLOB_CODE_OFFSET, /* JDK 8, 23 and newer: from the start of the blob */
	HS_BLOB_DATA_OFFSET,
	HS_BLOB_SIZE,
	HS_BLOB_MUTABLE_DATA, /* JDK 25 and newer */
	HS_BLOB_MUTABLE_SIZE,
	HS_BLOB_RELOCATION_SIZE,
	HS_NM_METHOD,
	HS_NM_COMPILE_ID,
	HS_NM_ORIG_PC,
	HS_NM_DEOPT,        /* pointer (JDK 9 to 22) or offset */
	HS_NM_METADATA,     /* JDK 8 to 24 */
	HS_NM_SCOPES_DATA,  /* offset */
	HS_NM_SCOPES_BEGIN, /* JDK 9 to 22: pointer */
	HS_NM_SCOPES_PCS,
	HS_NM_DEPENDENCIES, /* JDK 8 to 22 */
	HS_NM_IMMUTABLE,    /* JDK 23 and newer */
	HS_NM_IMMUTABLE_SIZE,
	HS_PC_OFFSET,
	HS_PC_SCOPE,
	HS_METHOD_CONST,
	HS_CONST_POOL,
	HS_CONST_CODE_SIZE,
	HS_CONST_FLAGS,
	HS_CONST_NAME,
	HS_POOL_HOLDER,
	HS_POOL_SOURCE,  /* JDK 15 and newer */
	HS_KLASS_SOURCE, /* JDK 8 to 14 */
	HS_KLASS_NAME,
	HS_SYMBOL_BODY,
	HS_SYMBOL_LENGTH, /* JDK 8 to 11 */
	HS_SYMBOL_LENGTH_REFS,
	/* sizes of types */
	HS_SIZE_HEAP_BLOCK,
	HS_SIZE_HEAP,
	HS_SIZE_NMETHOD,
	HS_SIZE_BLOB,
	HS_SIZE_PC,
	HS_SIZE_CONST,
	HS_SIZE_POOL,
	HS_N_FIELDS,
};

struct hotspot_layout {
	uint64_t at[HS_N_FIELDS]; /* address, offset or size; UINT64_MAX: this version has none */
	unsigned version;         /* 8, 11, 17 … */
	bool blob_offsets;        /* code bounds are offsets, not pointers */
	uint8_t excluded;         /* of UNSIGNED5 */
};

static inline bool hotspot_has(const struct hotspot_layout *l, enum hotspot_field f)
{
	return l->at[f] != UINT64_MAX;
}

/*
 * symbols are run-time addresses of HOTSPOT_SYMBOLS. -EAGAIN when the JVM has not got so far yet,
 * -ENOTSUP with a sentence when this HotSpot cannot be walked.
 */
int hotspot_layout_read(struct hotspot_layout *ret, const struct memory_reader *m,
	const uint64_t symbols[HOTSPOT_N_SYMBOLS], struct err *err);
