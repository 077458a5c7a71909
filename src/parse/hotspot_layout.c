/* SPDX-License-Identifier: MIT */
/* JDK: runtime/vmStructs.{hpp,cpp}; which version has which field: HotSpot's SA classes. */
#include "parse/hotspot_layout.h"

#include "base/alloc.h"
#include "base/compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const hotspot_symbol_names[HOTSPOT_N_SYMBOLS] = {
#define X(id, name) [HOTSPOT_##id] = name,
	HOTSPOT_SYMBOLS(X)
#undef X
};

enum { NAME_MAX_BYTES = 64, MAX_STRIDE = 256, MAX_ENTRIES = 1 << 14, MAX_OFFSET = 64 << 10 };

/* field NULL: the size of the type. Several rows for one id: names of several versions. */
static const struct {
	enum hotspot_field id;
	const char *type, *field;
} rows[] = {
	{ HS_CODE_HEAP, "CodeCache", "_heap" },
	{ HS_CODE_HEAPS, "CodeCache", "_heaps" },
	{ HS_VERSION, "Abstract_VM_Version", "_vm_major_version" },
	{ HS_OLD_VERSION, "JDK_Version", "_current" },
	{ HS_HEAP_MEMORY, "CodeHeap", "_memory" },
	{ HS_HEAP_SEGMAP, "CodeHeap", "_segmap" },
	{ HS_HEAP_LOG2_SEGMENT, "CodeHeap", "_log2_segment_size" },
	{ HS_SPACE_LOW, "VirtualSpace", "_low_boundary" },
	{ HS_SPACE_HIGH, "VirtualSpace", "_high_boundary" },
	{ HS_ARRAY_LEN, "GrowableArrayBase", "_len" },
	{ HS_ARRAY_LEN, "GenericGrowableArray", "_len" },
	{ HS_ARRAY_DATA, "GrowableArray<int>", "_data" },
	{ HS_BLOB_NAME, "CodeBlob", "_name" },
	{ HS_BLOB_FRAME_SIZE, "CodeBlob", "_frame_size" },
	{ HS_BLOB_FRAME_COMPLETE, "CodeBlob", "_frame_complete_offset" },
	{ HS_BLOB_CODE_BEGIN, "CodeBlob", "_code_begin" },
	{ HS_BLOB_CODE_END, "CodeBlob", "_code_end" },
	{ HS_BLOB_CODE_OFFSET, "CodeBlob", "_code_offset" },
	{ HS_BLOB_DATA_OFFSET, "CodeBlob", "_data_offset" },
	{ HS_BLOB_SIZE, "CodeBlob", "_size" },
	{ HS_BLOB_MUTABLE_DATA, "CodeBlob", "_mutable_data" },
	{ HS_BLOB_MUTABLE_SIZE, "CodeBlob", "_mutable_data_size" },
	{ HS_BLOB_RELOCATION_SIZE, "CodeBlob", "_relocation_size" },
	{ HS_NM_METHOD, "nmethod", "_method" },
	{ HS_NM_METHOD, "CompiledMethod", "_method" },
	{ HS_NM_COMPILE_ID, "nmethod", "_compile_id" },
	{ HS_NM_ORIG_PC, "nmethod", "_orig_pc_offset" },
	{ HS_NM_DEOPT, "nmethod", "_deoptimize_offset" },
	{ HS_NM_DEOPT, "nmethod", "_deopt_handler_offset" },
	{ HS_NM_DEOPT, "nmethod", "_deopt_handler_entry_offset" },
	{ HS_NM_DEOPT, "CompiledMethod", "_deopt_handler_begin" },
	{ HS_NM_METADATA, "nmethod", "_metadata_offset" },
	{ HS_NM_SCOPES_DATA, "nmethod", "_scopes_data_offset" },
	{ HS_NM_SCOPES_BEGIN, "CompiledMethod", "_scopes_data_begin" },
	{ HS_NM_SCOPES_PCS, "nmethod", "_scopes_pcs_offset" },
	{ HS_NM_DEPENDENCIES, "nmethod", "_dependencies_offset" },
	{ HS_NM_IMMUTABLE, "nmethod", "_immutable_data" },
	{ HS_NM_IMMUTABLE_SIZE, "nmethod", "_immutable_data_size" },
	{ HS_PC_OFFSET, "PcDesc", "_pc_offset" },
	{ HS_PC_SCOPE, "PcDesc", "_scope_decode_offset" },
	{ HS_METHOD_CONST, "Method", "_constMethod" },
	{ HS_CONST_POOL, "ConstMethod", "_constants" },
	{ HS_CONST_CODE_SIZE, "ConstMethod", "_code_size" },
	{ HS_CONST_FLAGS, "ConstMethod", "_flags" },
	{ HS_CONST_FLAGS, "ConstMethod", "_flags._flags" },
	{ HS_CONST_NAME, "ConstMethod", "_name_index" },
	{ HS_POOL_HOLDER, "ConstantPool", "_pool_holder" },
	{ HS_POOL_SOURCE, "ConstantPool", "_source_file_name_index" },
	{ HS_KLASS_SOURCE, "InstanceKlass", "_source_file_name_index" },
	{ HS_KLASS_NAME, "Klass", "_name" },
	{ HS_SYMBOL_BODY, "Symbol", "_body" },
	{ HS_SYMBOL_LENGTH, "Symbol", "_length" },
	{ HS_SYMBOL_LENGTH_REFS, "Symbol", "_length_and_refcount" },
	{ HS_SIZE_HEAP_BLOCK, "HeapBlock", NULL },
	{ HS_SIZE_HEAP, "CodeHeap", NULL },
	{ HS_SIZE_NMETHOD, "nmethod", NULL },
	{ HS_SIZE_BLOB, "CodeBlob", NULL },
	{ HS_SIZE_PC, "PcDesc", NULL },
	{ HS_SIZE_CONST, "ConstMethod", NULL },
	{ HS_SIZE_POOL, "ConstantPool", NULL },
};

static const enum hotspot_field always[] = { HS_HEAP_MEMORY, HS_HEAP_SEGMAP, HS_HEAP_LOG2_SEGMENT,
	HS_SPACE_LOW, HS_SPACE_HIGH, HS_BLOB_NAME, HS_BLOB_FRAME_SIZE, HS_BLOB_FRAME_COMPLETE,
	HS_NM_METHOD, HS_NM_COMPILE_ID, HS_NM_SCOPES_PCS, HS_PC_OFFSET, HS_PC_SCOPE,
	HS_METHOD_CONST, HS_CONST_POOL, HS_CONST_CODE_SIZE, HS_CONST_FLAGS, HS_CONST_NAME,
	HS_POOL_HOLDER, HS_KLASS_NAME, HS_SYMBOL_BODY, HS_SIZE_HEAP_BLOCK, HS_SIZE_HEAP,
	HS_SIZE_NMETHOD, HS_SIZE_PC, HS_SIZE_CONST, HS_SIZE_POOL };

/* Names lie side by side in libjvm: a page read once holds dozens. */
struct names {
	const struct memory_reader *m;
	uint64_t page_addr;
	uint8_t page[4096];
};

static bool name_at(struct names *n, uint64_t addr, char ret[NAME_MAX_BYTES])
{
	for (size_t i = 0; i < NAME_MAX_BYTES - 1; i++, addr++) {
		uint64_t page = addr & ~(uint64_t)(sizeof(n->page) - 1);

		if (page != n->page_addr) {
			n->page_addr = 1;
			if (!memory_read(n->m, page, n->page, sizeof(n->page)))
				return false;
			n->page_addr = page;
		}
		ret[i] = (char)n->page[addr - page];
		if (ret[i] == 0)
			return true;
	}
	ret[NAME_MAX_BYTES - 1] = 0;
	return true;
}

static uint64_t word(const uint8_t *entry, uint64_t at)
{
	uint64_t v;

	memcpy(&v, entry + at, 8);
	return v;
}

struct table {
	uint64_t base, stride, type, field, value, address; /* field UINT64_MAX: a table of sizes */
};

static void take(struct hotspot_layout *l, const char *type, const char *field, uint64_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].type, type) == 0 && !rows[i].field == !field &&
			(!field || strcmp(rows[i].field, field) == 0))
			l->at[rows[i].id] = value;
}

static int read_table(struct hotspot_layout *l, struct names *names, const struct table *t)
{
	uint8_t *entry = xmalloc(t->stride);
	char type[NAME_MAX_BYTES], field[NAME_MAX_BYTES];
	bool sizes = t->field == UINT64_MAX;
	int r = -ENOTSUP;

	for (size_t i = 0; i < MAX_ENTRIES; i++) {
		if (!memory_read(names->m, t->base + i * t->stride, entry, t->stride))
			break;
		uint64_t name = word(entry, t->type);

		if (name == 0) { /* the end */
			r = i ? 0 : -EAGAIN;
			break;
		}
		if (!name_at(names, name, type))
			break;
		if (sizes) {
			take(l, type, NULL, word(entry, t->value));
			continue;
		}
		if (!name_at(names, word(entry, t->field), field))
			break;
		uint64_t address = word(entry, t->address);

		take(l, type, field, address ? address : word(entry, t->value));
	}
	free(entry);
	return r;
}

static bool read_tables(struct hotspot_layout *l, struct names *names,
	const uint64_t v[HOTSPOT_N_SYMBOLS], int *ret)
{
	struct table structs = { .base = v[HOTSPOT_STRUCTS],
		.stride = v[HOTSPOT_STRUCT_STRIDE],
		.type = v[HOTSPOT_STRUCT_TYPE],
		.field = v[HOTSPOT_STRUCT_FIELD],
		.value = v[HOTSPOT_STRUCT_OFFSET],
		.address = v[HOTSPOT_STRUCT_ADDRESS] };
	struct table types = { .base = v[HOTSPOT_TYPES],
		.stride = v[HOTSPOT_TYPE_STRIDE],
		.type = v[HOTSPOT_TYPE_NAME],
		.field = UINT64_MAX,
		.value = v[HOTSPOT_TYPE_SIZE] };
	bool sane = structs.stride >= 8 && structs.stride <= MAX_STRIDE && types.stride >= 8 &&
		types.stride <= MAX_STRIDE && structs.type <= structs.stride - 8 &&
		structs.field <= structs.stride - 8 && structs.value <= structs.stride - 8 &&
		structs.address <= structs.stride - 8 && types.type <= types.stride - 8 &&
		types.value <= types.stride - 8;

	if (!sane)
		return false;
	*ret = read_table(l, names, &structs);
	if (*ret == 0)
		*ret = read_table(l, names, &types);
	return *ret == 0;
}

static bool offsets_sane(const struct hotspot_layout *l)
{
	for (int f = HS_OLD_VERSION + 1; f < HS_N_FIELDS; f++)
		if (l->at[f] != UINT64_MAX && l->at[f] > MAX_OFFSET)
			return false;
	/* read into buffers of a fixed size */
	for (int f = HS_CONST_POOL; f <= HS_POOL_SOURCE; f++)
		if (l->at[f] != UINT64_MAX && l->at[f] > 4096 - 8)
			return false;
	return l->at[HS_SIZE_PC] >= 8 && l->at[HS_SIZE_PC] <= 64 &&
		l->at[HS_SIZE_NMETHOD] <= 4096 && l->at[HS_SIZE_HEAP] <= 4096 &&
		l->at[HS_SIZE_CONST] <= 4096 && l->at[HS_SIZE_POOL] <= 4096 &&
		l->at[HS_SIZE_HEAP_BLOCK] <= 256;
}

/* Which version's ways of doing things the fields belong to. */
static const char *missing(struct hotspot_layout *l)
{
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			if (l->at[always[i]] == UINT64_MAX && rows[k].id == always[i])
				return rows[k].field ? rows[k].field : rows[k].type;
	bool one_heap = hotspot_has(l, HS_CODE_HEAP);

	if (!one_heap &&
		!(hotspot_has(l, HS_CODE_HEAPS) && hotspot_has(l, HS_ARRAY_LEN) &&
			hotspot_has(l, HS_ARRAY_DATA)))
		return "_heaps";
	l->blob_offsets = hotspot_has(l, HS_BLOB_CODE_OFFSET);
	if (l->blob_offsets
			? !hotspot_has(l, HS_BLOB_DATA_OFFSET)
			: !hotspot_has(l, HS_BLOB_CODE_BEGIN) || !hotspot_has(l, HS_BLOB_CODE_END))
		return "_code_begin";
	if (!hotspot_has(l, HS_SYMBOL_LENGTH)) {
		if (!hotspot_has(l, HS_SYMBOL_LENGTH_REFS))
			return "_length";
		/* the length is the upper half */
		l->at[HS_SYMBOL_LENGTH] = l->at[HS_SYMBOL_LENGTH_REFS] + 2;
	}
	if (!hotspot_has(l, HS_NM_SCOPES_DATA) && !hotspot_has(l, HS_NM_SCOPES_BEGIN))
		return "_scopes_data_offset";
	if (hotspot_has(l, HS_NM_IMMUTABLE)
			? !hotspot_has(l, HS_NM_IMMUTABLE_SIZE)
			: !hotspot_has(l, HS_NM_DEPENDENCIES) || !hotspot_has(l, HS_NM_METADATA))
		return "_metadata_offset";
	return NULL;
}

int hotspot_layout_read(struct hotspot_layout *ret, const struct memory_reader *m,
	const uint64_t symbols[HOTSPOT_N_SYMBOLS], struct err *err)
{
	struct names *names = xcalloc(1, sizeof(*names));
	struct hotspot_layout l = { 0 };
	uint64_t v[HOTSPOT_N_SYMBOLS];
	uint32_t version = 0;
	int r = -EAGAIN;

	names->m = m;
	names->page_addr = 1;
	memset(l.at, 0xff, sizeof(l.at));
	for (int i = 0; i < HOTSPOT_N_SYMBOLS; i++)
		if (!memory_read_u64(m, symbols[i], &v[i]))
			v[i] = 0;
	bool ok = v[HOTSPOT_STRUCTS] && read_tables(&l, names, v, &r);

	free(names);
	if (!ok)
		return r == -EAGAIN
			? r
			: fail(err, ENOTSUP, "the JVM's tables of its own types cannot be read");
	const char *what = missing(&l);

	if (what || !offsets_sane(&l))
		return fail(err, ENOTSUP, "this HotSpot's '%s' is in none of its own tables",
			what ? what : "offsets");
	if (hotspot_has(&l, HS_VERSION))
		memory_read(m, l.at[HS_VERSION], &version, 4);
	/* until JDK 9 the version of HotSpot (25) is no JDK version; JDK_Version packs it instead
	 */
	if (hotspot_has(&l, HS_OLD_VERSION))
		memory_read(m, l.at[HS_OLD_VERSION], &version, 4), version &= 0xff;
	l.version = version;
	l.excluded = version >= 20;
	*ret = l;
	return 0;
}
