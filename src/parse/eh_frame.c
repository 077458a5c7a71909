/* SPDX-License-Identifier: MIT */
/* Call frame information compiled to sorted rows. Format: LSB core 5, section 10.6; DWARF 5, 6.4.1.
 */
#include "parse/eh_frame.h"

#include "base/compiler.h"
#include "parse/cfi_const.h"

enum {
	MAX_FDES = 4 << 20,
	MAX_ROWS = 16 << 20,
	MAX_CIE_INSNS = 4096, /* run once per CIE */
};

struct cie {
	uint64_t offset; /* of its length field, the key */
	uint64_t code_align;
	int64_t data_align;
	uint8_t pointer_encoding;
	bool has_augmentation_data; /* 'z' */
	bool signal;
	bool ok;
	struct cfi_state initial;
};

struct fde {
	uint64_t pc, end;
	uint32_t cie; /* index in build.cies */
	uint64_t insns_at, insns_end;
};

struct build {
	const struct eh_frame_input *in;
	struct unwind_rows *out;
	vec_of(struct cie) cies;
	struct map_u64 cie_index;
	vec_of(struct fde) fdes;
	const struct cie *cie; /* of the function being run */
	uint64_t fde_end;
};

/* One length-prefixed entry: [at, end), the id field's value and place. */
struct entry {
	uint64_t start, id_at, end;
	uint64_t id;
	bool is_64;
};

static bool entry_read(struct cursor *c, bool debug_frame, struct entry *ret)
{
	*ret = (struct entry){ .start = c->at };
	uint64_t length = cursor_u32(c);

	if (c->bad || (length == 0 && !debug_frame))
		return false;
	if (length == UINT32_MAX) {
		length = cursor_u64(c);
		ret->is_64 = true;
	}
	if (c->bad || length > c->s.n - c->at)
		return false;
	ret->end = c->at + length;
	ret->id_at = c->at;
	/* .eh_frame keeps a 4-byte id even after a 64-bit length, as all linkers write it */
	ret->id = ret->is_64 && debug_frame ? cursor_u64(c) : cursor_u32(c);
	return !c->bad && c->at <= ret->end;
}

static bool entry_is_cie(const struct entry *e, bool debug_frame)
{
	if (!debug_frame)
		return e->id == 0;
	return e->id == (e->is_64 ? UINT64_MAX : UINT32_MAX);
}

static void cie_augmentation(
	const struct build *b, struct cie *cie, struct cursor *c, const char *aug)
{
	uint64_t n = cursor_uleb(c), end = c->at + n;

	if (c->bad || n > c->s.n - c->at) {
		c->bad = true;
		return;
	}
	cie->has_augmentation_data = true;
	for (aug++; *aug && !c->bad; aug++) {
		if (*aug == 'R')
			cie->pointer_encoding = cursor_u8(c);
		else if (*aug == 'P')
			eh_pointer(c, cursor_u8(c), &b->in->bases, 0);
		else if (*aug == 'L')
			cursor_u8(c);
		else if (*aug == 'S')
			cie->signal = true;
		else if (*aug != 'B') /* aarch64: return addresses are signed with key B */
			break;
	}
	c->at = end;
}

static bool cie_parse(const struct build *b, const struct entry *e, struct cie *cie)
{
	struct cursor c = cursor_of(span_sub(b->in->section, 0, e->end), e->id_at);

	if (e->is_64 && b->in->debug_frame)
		cursor_u64(&c);
	else
		cursor_u32(&c);
	uint8_t version = cursor_u8(&c);

	if (version != 1 && version != 3 && version != 4)
		return false;
	const char *aug = cursor_cstr(&c);

	if (version == 4 && (cursor_u8(&c) != 8 || cursor_u8(&c) != 0))
		return false; /* address size, segment size */
	if (strcmp(aug, "eh") == 0)
		cursor_u64(&c);
	cie->code_align = cursor_uleb(&c);
	cie->data_align = cursor_sleb(&c);
	uint64_t ra = version == 1 ? cursor_u8(&c) : cursor_uleb(&c);

	if (c.bad || ra != b->in->arch->ra)
		return false;
	if (aug[0] == 'z')
		cie_augmentation(b, cie, &c, aug);
	else if (aug[0] && strcmp(aug, "eh") != 0)
		return false;
	if (c.bad || c.s.n - c.at > MAX_CIE_INSNS)
		return false;

	struct cfi_program prog = {
		.arch = b->in->arch,
		.bases = &b->in->bases,
		.code_align = cie->code_align,
		.data_align = cie->data_align,
		.pointer_encoding = cie->pointer_encoding,
	};

	return cfi_run(&prog, c, &cie->initial, NULL, NULL, NULL);
}

/* Index of the CIE that starts at `offset`, parsed at first use; -1 when there is no good one. */
static int64_t cie_at(struct build *b, uint64_t offset)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&b->cie_index, offset, &fresh);

	if (!fresh)
		return b->cies.v[*slot].ok ? (int64_t)*slot : -1;
	*slot = (uint32_t)b->cies.n;

	struct cie cie = { .offset = offset };
	struct cursor c = cursor_of(b->in->section, offset);
	struct entry e;

	if (!c.bad && entry_read(&c, b->in->debug_frame, &e) &&
		entry_is_cie(&e, b->in->debug_frame))
		cie.ok = cie_parse(b, &e, &cie);
	*vec_push(&b->cies) = cie;
	return cie.ok ? (int64_t)b->cies.n - 1 : -1;
}

static bool fde_parse(struct build *b, const struct entry *e, struct cursor c, struct fde *ret)
{
	uint64_t cie_offset = e->id;

	if (!b->in->debug_frame) {
		if (e->id > e->id_at)
			return false;
		cie_offset = e->id_at - e->id;
	}
	int64_t index = cie_at(b, cie_offset);

	if (index < 0)
		return false;
	const struct cie *cie = &b->cies.v[index];
	uint8_t enc = cie->pointer_encoding;

	c.s.n = e->end;
	uint64_t pc = eh_pointer(&c, enc, &b->in->bases, 0);
	/* the length uses the same form without its base */
	uint64_t n = eh_pointer(&c, enc & 0x0f, &b->in->bases, 0);

	if (cie->has_augmentation_data)
		cursor_bytes(&c, cursor_uleb(&c));
	if (c.bad || n == 0 || pc == 0 || pc + n < pc)
		return false;
	*ret = (struct fde){ .pc = pc,
		.end = pc + n,
		.cie = (uint32_t)index,
		.insns_at = c.at,
		.insns_end = e->end };
	return true;
}

static void collect_fdes(struct build *b)
{
	struct cursor c = cursor_of(b->in->section, 0);
	struct entry e;

	while (b->fdes.n < MAX_FDES && c.at < c.s.n) {
		uint64_t at = c.at;

		if (!entry_read(&c, b->in->debug_frame, &e)) {
			/* a zero length ends one input file's part; crtend's may not be the last */
			if (c.bad || c.at != at + 4 || b->in->ends_at_zero)
				return;
			continue;
		}
		if (!entry_is_cie(&e, b->in->debug_frame)) {
			struct fde f;

			if (fde_parse(b, &e, c, &f))
				*vec_push(&b->fdes) = f;
			else
				b->out->n_bad++;
			b->out->n_fdes++;
		}
		c.at = e.end;
	}
}

static int by_pc(const void *va, const void *vb)
{
	const struct fde *a = va, *b = vb;

	if (a->pc != b->pc)
		return a->pc < b->pc ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

static uint32_t rule_intern(struct unwind_rows *out, const struct unwind_rule *r)
{
	uint64_t h = hash_bytes(r, sizeof(*r), 0);

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&out->rule_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)out->rules.n;
			*vec_push(&out->rules) = *r;
			return *slot;
		}
		if (memcmp(&out->rules.v[*slot], r, sizeof(*r)) == 0)
			return *slot;
	}
}

static void row_add(struct unwind_rows *out, uint64_t pc, uint32_t rule)
{
	if (pc < out->base || pc - out->base > UINT32_MAX || out->rows.n >= MAX_ROWS)
		return;
	uint32_t rel = (uint32_t)(pc - out->base);

	/* overlapping functions (only in malformed or patched files): the later start wins */
	while (out->rows.n && out->rows.v[out->rows.n - 1].pc >= rel)
		out->rows.n--;
	if (out->rows.n && out->rows.v[out->rows.n - 1].rule == rule)
		return;
	*vec_push(&out->rows) = (struct unwind_row){ .pc = rel, .rule = rule };
}

static void emit_row(void *ctx, uint64_t pc, const struct cfi_state *st)
{
	struct build *b = ctx;
	const struct cfi_arch *arch = b->in->arch;
	struct unwind_rule r = {
		.cfa_off = st->cfa_off,
		.cfa_kind = st->cfa_kind,
		.cfa_reg = st->cfa_reg,
		.signal = b->cie->signal,
		.ra = st->regs[arch->ra],
	};

	if (pc >= b->fde_end)
		return;
	for (unsigned i = 0; i < arch->n_saved; i++)
		r.saved[i] = st->regs[arch->saved[i]];
	bool unknown = r.cfa_kind == CFA_UNKNOWN && r.ra.kind != REG_UNDEFINED;

	row_add(b->out, pc, unknown ? 0 : rule_intern(b->out, &r));
}

static void run_fde(struct build *b, const struct fde *f)
{
	b->cie = &b->cies.v[f->cie];
	b->fde_end = f->end;

	struct cfi_state st = b->cie->initial;
	struct cfi_program prog = {
		.arch = b->in->arch,
		.bases = &b->in->bases,
		.code_align = b->cie->code_align,
		.data_align = b->cie->data_align,
		.pointer_encoding = b->cie->pointer_encoding,
		.pc = f->pc,
		.initial = &b->cie->initial,
	};
	struct cursor c = cursor_of(span_sub(b->in->section, 0, f->insns_end), f->insns_at);
	uint64_t pc = f->pc;

	if (cfi_run(&prog, c, &st, &pc, emit_row, b)) {
		emit_row(b, pc, &st);
	} else {
		b->out->n_bad++;
		row_add(b->out, MIN(pc, f->end), 0);
	}
	row_add(b->out, f->end, 0);
}

void eh_frame_build(const struct eh_frame_input *in, struct unwind_rows *ret)
{
	struct build b = { .in = in, .out = ret };

	*vec_push(&ret->rules) = (struct unwind_rule){ 0 };
	collect_fdes(&b);
	if (b.fdes.n)
		qsort(b.fdes.v, b.fdes.n, sizeof(b.fdes.v[0]), by_pc);
	ret->base = b.fdes.n ? b.fdes.v[0].pc : 0;
	for (size_t i = 0; i < b.fdes.n; i++)
		run_fde(&b, &b.fdes.v[i]);
	map_u64_done(&ret->rule_index);
	map_u64_done(&b.cie_index);
	vec_done(&b.cies);
	vec_done(&b.fdes);
}

void unwind_rows_done(struct unwind_rows *r)
{
	if (!r)
		return;
	vec_done(&r->rows);
	vec_done(&r->rules);
	map_u64_done(&r->rule_index);
	*r = (struct unwind_rows){ 0 };
}

const struct unwind_rule *unwind_rows_find(const struct unwind_rows *r, uint64_t addr)
{
	if (r->rows.n == 0 || addr < r->base || addr - r->base > UINT32_MAX)
		return NULL;
	uint32_t rel = (uint32_t)(addr - r->base);
	size_t lo = 0, n = r->rows.n;

	/* last row with pc <= rel */
	while (n > 1) {
		size_t half = n / 2;

		if (r->rows.v[lo + half].pc <= rel)
			lo += half;
		n -= half;
	}
	if (r->rows.v[lo].pc > rel || r->rows.v[lo].rule == 0)
		return NULL;
	return &r->rules.v[r->rows.v[lo].rule];
}
