/* SPDX-License-Identifier: MIT */
/* Pull reading of JSON (RFC 8259) over a refilled window. */
#include "parse/json_stream.h"

#include "base/decimal.h"

#include <errno.h>
#include <math.h>

enum state {
	STATE_VALUE, /* a value comes next */
	STATE_FIRST, /* just behind [ or { */
	STATE_AFTER, /* behind a value */
};

static bool stop(struct json_stream *j, int error, const char *text)
{
	if (!j->error) {
		j->error = error;
		j->error_text = text;
		j->error_offset = j->in->consumed + j->window_n - (size_t)(j->end - j->p);
	}
	return false;
}

/* -EINVAL for wrong bytes, -ENODATA (or the stream's own error) where there are none. */
static bool stop_here(struct json_stream *j, const char *text)
{
	if (j->p < j->end)
		return stop(j, -EINVAL, text);
	j->truncated = true;
	return stop(j, j->in->error ? j->in->error : -ENODATA,
		j->in->error ? "the file cannot be read on" : "the file ends too early");
}

/* At least n unread bytes, fewer only at the end of the stream. Moves the window. */
static bool refill(struct json_stream *j, size_t n)
{
	if ((size_t)(j->end - j->p) >= n)
		return true;
	byte_stream_skip(j->in, j->window_n - (size_t)(j->end - j->p));

	struct span s = byte_stream_peek(j->in, n);

	j->p = s.p;
	j->end = s.p + s.n;
	j->window_n = s.n;
	return s.n >= n;
}

static void skip_blanks(struct json_stream *j)
{
	for (;;) {
		const uint8_t *p = j->p, *end = j->end;

		while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
			p++;
		j->p = p;
		if (p < end || !refill(j, 1))
			return;
	}
}

static bool in_array(const struct json_stream *j)
{
	return j->depth && j->is_array[(j->depth - 1) / 8] & 1u << (j->depth - 1) % 8;
}

static bool push(struct json_stream *j, bool array)
{
	if (j->depth == JSON_STREAM_MAX_DEPTH)
		return stop(j, -EFBIG, "values are nested too deeply");

	uint8_t *bits = &j->is_array[j->depth / 8], bit = (uint8_t)(1u << j->depth % 8);

	*bits = array ? *bits | bit : (uint8_t)(*bits & ~bit);
	j->depth++;
	j->p++;
	j->state = STATE_FIRST;
	return true;
}

static bool pop(struct json_stream *j)
{
	j->p++;
	j->depth--;
	j->state = STATE_AFTER;
	return false;
}

void json_stream_init(struct json_stream *j, struct byte_stream *in)
{
	*j = (struct json_stream){ .in = in, .state = STATE_VALUE };
	buf_init(&j->text, JSON_STREAM_MAX_STRING + 8);
	if (refill(j, 3) && memcmp(j->p, "\xef\xbb\xbf", 3) == 0)
		j->p += 3;
}

void json_stream_done(struct json_stream *j)
{
	if (j->in)
		byte_stream_skip(j->in, j->window_n - (size_t)(j->end - j->p));
	buf_done(&j->text);
	*j = (struct json_stream){ 0 };
}

/* ---- strings ---- */

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Length of the run of plain characters: eight at a time (a byte is special when its sign is set,
 * it is below 0x20, or it equals a quote or backslash). */
static const uint8_t *plain_end(const uint8_t *p, const uint8_t *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;

	for (; end - p >= 8; p += 8) {
		uint64_t v;

		memcpy(&v, p, sizeof(v));

		uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';

		if ((v | (v - ones * 0x20) | ((quote - ones) & ~quote) |
			    ((slash - ones) & ~slash)) &
			high)
			break;
	}
	while (p < end && is_plain(*p))
		p++;
	return p;
}

static int hex4(const uint8_t *p)
{
	uint64_t v;

	return span_parse_hex(span_of(p, 4), &v) ? (int)v : -1;
}

static void put_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80) {
		buf_putc(b, (char)c);
	} else if (c < 0x800) {
		buf_putc(b, (char)(0xc0 | c >> 6));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		if (c < 0x10000) {
			buf_putc(b, (char)(0xe0 | c >> 12));
		} else {
			buf_putc(b, (char)(0xf0 | c >> 18));
			buf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* Behind \u: four digits, and the second half of a pair when this is the first. */
static bool take_unicode(struct json_stream *j, bool keep)
{
	int c = refill(j, 4) ? hex4(j->p) : -1, low = -1;

	if (c < 0) {
		if ((size_t)(j->end - j->p) < 4)
			j->p = j->end;
		return stop_here(j, "\\u needs four hexadecimal digits");
	}
	j->p += 4;
	if (c >= 0xd800 && c < 0xdc00 && refill(j, 6) && j->p[0] == '\\' && j->p[1] == 'u')
		low = hex4(j->p + 2);
	if (low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		j->p += 6;
	} else if (c >= 0xd800 && c < 0xe000) {
		c = 0xfffd;
	}
	if (keep)
		put_utf8(&j->text, (unsigned)c);
	return true;
}

static bool take_escape(struct json_stream *j, bool keep)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

	j->p++;
	if (!refill(j, 1))
		return stop_here(j, NULL);

	uint8_t c = *j->p;
	const char *at = c ? strchr(from, c) : NULL;

	if (c == 'u') {
		j->p++;
		return take_unicode(j, keep);
	}
	if (!at)
		return stop_here(j, "no such escape in a string");
	if (keep)
		buf_putc(&j->text, to[at - from]);
	j->p++;
	return true;
}

/* Bytes of the UTF-8 sequence at p, 0 when it is not one (Unicode 15, table 3-7). */
static size_t utf8_len(const uint8_t *p, size_t n)
{
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t top = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len || p[1] < low || p[1] > top)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void take_foreign(struct json_stream *j, bool keep)
{
	refill(j, 4);

	size_t n = utf8_len(j->p, (size_t)(j->end - j->p));

	if (keep && n)
		buf_add(&j->text, j->p, n);
	else if (keep)
		buf_puts(&j->text, "\xef\xbf\xbd");
	j->p += n ? n : 1;
}

/* p is behind the opening quote. With keep the content is put into text; false: error. */
static bool take_text(struct json_stream *j, bool keep)
{
	for (;;) {
		const uint8_t *from = j->p;

		j->p = plain_end(from, j->end);
		if (keep && j->p > from)
			buf_add(&j->text, from, (size_t)(j->p - from));
		if (j->p == j->end) {
			if (!refill(j, 1))
				return stop_here(j, NULL);
			continue;
		}
		if (*j->p == '"') {
			j->p++;
			break;
		}
		if (*j->p == '\\') {
			if (!take_escape(j, keep))
				return false;
		} else if (*j->p >= 0x80) {
			take_foreign(j, keep);
		} else {
			return stop_here(j, "a control character in a string");
		}
		if (j->text.overflow)
			return stop(j, -EFBIG, "a string is too long");
	}
	return (j->text.n <= JSON_STREAM_MAX_STRING && !j->text.overflow) ||
		stop(j, -EFBIG, "a string is too long");
}

/* The string at p (a quote): from the window when it can be, else from text. */
static bool take_string(struct json_stream *j, struct span *ret)
{
	const uint8_t *from = ++j->p, *to = plain_end(from, j->end);

	if (to < j->end && *to == '"') {
		j->p = to + 1;
		*ret = span_of(from, (size_t)(to - from));
		return ret->n <= JSON_STREAM_MAX_STRING || stop(j, -EFBIG, "a string is too long");
	}
	buf_clear(&j->text);
	if (!take_text(j, true))
		return false;
	*ret = buf_span(&j->text);
	return true;
}

/* ---- numbers ---- */

struct number_text {
	const uint8_t *integer, *point, *exponent; /* point, exponent: NULL when absent */
	const uint8_t *end;                        /* where the grammar stopped */
	bool minus;
};

static const uint8_t *digits_end(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (unsigned)(*p - '0') < 10)
		p++;
	return p;
}

/* Sets every member; false when the grammar is not complete at n->end. */
static bool scan_number(const uint8_t *p, const uint8_t *end, struct number_text *n)
{
	*n = (struct number_text){ .minus = p < end && *p == '-' };
	n->integer = p + n->minus;
	n->end = p = digits_end(n->integer, end);
	if (p == n->integer)
		return false;
	if (*n->integer == '0' && p - n->integer > 1) {
		n->end = n->integer + 1;
		return false;
	}
	if (p < end && *p == '.') {
		n->point = p;
		n->end = p = digits_end(n->point + 1, end);
		if (p == n->point + 1)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		n->exponent = p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		n->end = digits_end(p, end);
		return n->end > p;
	}
	return true;
}

/* The number at p, all of it in the window; p stays. */
static bool whole_number(struct json_stream *j, struct number_text *n)
{
	for (;;) {
		bool good = scan_number(j->p, j->end, n);
		size_t have = (size_t)(j->end - j->p);

		if ((size_t)(n->end - j->p) > JSON_STREAM_MAX_NUMBER)
			return stop(j, -EFBIG, "a number is too long");
		if (n->end == j->end) {
			if (refill(j, have + 1))
				continue;
			good = scan_number(j->p, j->end, n); /* the window has moved */
		}
		/* where the stream ends inside something, the number may be cut too */
		if (good && (n->end < j->end || j->depth == 0))
			return true;
		j->p = n->end;
		return stop_here(j, "not a number");
	}
}

static double number_double(const struct json_stream *j, const struct number_text *n)
{
	double d = 0;

	decimal_parse(span_of(j->p, (size_t)(n->end - j->p)), &d);
	return d;
}

/* Up to 19 digits always fit; what is longer or has an exponent takes the general way. */
static void number_value(
	const struct json_stream *j, const struct number_text *n, struct json_number *ret)
{
	const uint8_t *to = n->point ? n->point : n->end;
	size_t fraction = n->point ? (size_t)(n->end - n->point) - 1 : 0;
	uint64_t v = 0;

	*ret = (struct json_number){ 0 };
	if (n->exponent || (size_t)(to - n->integer) + fraction > 19) {
		ret->d = number_double(j, n);
		return;
	}
	for (const uint8_t *p = n->integer; p < to; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (n->point) {
		for (const uint8_t *p = n->point + 1; p < n->end; p++)
			v = v * 10 + (uint64_t)(*p - '0');
		ret->d = decimal_scale(v, -(int)fraction);
	} else {
		ret->whole = v <= (uint64_t)INT64_MAX + n->minus;
		ret->d = (double)v;
		if (ret->whole)
			ret->i = (int64_t)(n->minus ? 0 - v : v);
	}
	if (n->minus)
		ret->d = -ret->d;
}

/* ---- values ---- */

static bool take_word(struct json_stream *j, const char *word)
{
	size_t n = strlen(word);

	refill(j, n);
	for (size_t i = 0; i < n; i++, j->p++)
		if (j->p == j->end || *j->p != (uint8_t)word[i])
			return stop_here(j, "not a JSON value");
	j->state = STATE_AFTER;
	return true;
}

enum json_kind json_kind_next(struct json_stream *j)
{
	if (j->error || j->state != STATE_VALUE)
		return JSON_KIND_NONE;
	skip_blanks(j);
	if (j->p == j->end) {
		stop_here(j, NULL);
		return JSON_KIND_NONE;
	}
	switch (*j->p) {
	case '{':
		return JSON_KIND_OBJECT;
	case '[':
		return JSON_KIND_ARRAY;
	case '"':
		return JSON_KIND_STRING;
	case 't':
	case 'f':
		return JSON_KIND_BOOL;
	case 'n':
	case 'N':
	case 'I':
		return JSON_KIND_NULL;
	case '-':
		return refill(j, 2) && j->p[1] == 'I' ? JSON_KIND_NULL : JSON_KIND_NUMBER;
	default:
		if (*j->p >= '0' && *j->p <= '9')
			return JSON_KIND_NUMBER;
		stop_here(j, "not a JSON value");
		return JSON_KIND_NONE;
	}
}

/* A string or smaller, read and forgotten. */
static void skip_scalar(struct json_stream *j, enum json_kind kind)
{
	struct number_text n;

	if (kind == JSON_KIND_STRING) {
		j->p++;
		buf_clear(&j->text);
		if (take_text(j, false))
			j->state = STATE_AFTER;
	} else if (kind == JSON_KIND_NUMBER) {
		if (whole_number(j, &n)) {
			j->p = n.end;
			j->state = STATE_AFTER;
		}
	} else if (kind == JSON_KIND_BOOL) {
		take_word(j, *j->p == 't' ? "true" : "false");
	} else if (kind == JSON_KIND_NULL) {
		take_word(j,
			*j->p == 'n'           ? "null"
				: *j->p == 'N' ? "NaN"
				: *j->p == 'I' ? "Infinity"
					       : "-Infinity");
	}
}

/* The comma before the next member or the closing bracket; true when a member follows. */
static bool next_member(struct json_stream *j, uint8_t close)
{
	if (j->error)
		return false;
	skip_blanks(j);
	if (j->p == j->end)
		return stop_here(j, NULL);
	if (*j->p == close)
		return pop(j);
	if (j->state == STATE_FIRST)
		return true;
	if (*j->p != ',')
		return stop_here(j, "a comma or the end of the object or array is missing");
	j->p++;
	skip_blanks(j);
	return true;
}

/* Either a key that is kept or one that is only checked. */
static bool next_key(struct json_stream *j, struct span *ret)
{
	if (!next_member(j, '}'))
		return false;
	if (j->p == j->end || *j->p != '"')
		return stop_here(j, "a key is missing");
	if (ret) {
		if (!take_string(j, ret))
			return false;
		/* refilling for the colon may move the window under the key */
		if (j->p == j->end || *j->p != ':') {
			if (ret->p != (const uint8_t *)j->text.p) {
				buf_clear(&j->text);
				buf_add(&j->text, ret->p, ret->n);
				*ret = buf_span(&j->text);
			}
			skip_blanks(j);
		}
	} else {
		j->p++;
		buf_clear(&j->text);
		if (!take_text(j, false))
			return false;
		skip_blanks(j);
	}
	if (j->p == j->end || *j->p != ':')
		return stop_here(j, "a colon is missing");
	j->p++;
	j->state = STATE_VALUE;
	return true;
}

/* Reads on until only `depth` objects and arrays are open. */
static void skip_to_depth(struct json_stream *j, unsigned depth)
{
	while (!j->error && (j->depth > depth || j->state == STATE_VALUE)) {
		if (j->state == STATE_VALUE) {
			enum json_kind kind = json_kind_next(j);

			if (kind == JSON_KIND_OBJECT || kind == JSON_KIND_ARRAY)
				push(j, kind == JSON_KIND_ARRAY);
			else
				skip_scalar(j, kind);
		} else if (in_array(j)) {
			if (next_member(j, ']'))
				j->state = STATE_VALUE;
		} else {
			next_key(j, NULL);
		}
	}
}

void json_skip(struct json_stream *j)
{
	if (j->state == STATE_VALUE)
		skip_to_depth(j, j->depth);
}

void json_leave(struct json_stream *j)
{
	if (j->depth)
		skip_to_depth(j, j->depth - 1);
}

static bool enter(struct json_stream *j, enum json_kind wanted)
{
	if (json_kind_next(j) == wanted)
		return push(j, wanted == JSON_KIND_ARRAY);
	json_skip(j);
	return false;
}

bool json_enter_object(struct json_stream *j)
{
	return enter(j, JSON_KIND_OBJECT);
}

bool json_enter_array(struct json_stream *j)
{
	return enter(j, JSON_KIND_ARRAY);
}

bool json_next_key(struct json_stream *j, struct span *ret_key)
{
	json_skip(j);
	if (j->error)
		return false;
	if (!j->depth || in_array(j))
		BUG("json_next_key outside an object");
	return next_key(j, ret_key);
}

bool json_next_element(struct json_stream *j)
{
	json_skip(j);
	if (j->error)
		return false;
	if (!in_array(j))
		BUG("json_next_element outside an array");
	if (!next_member(j, ']'))
		return false;
	j->state = STATE_VALUE;
	return true;
}

bool json_take_string(struct json_stream *j, struct span *ret)
{
	if (json_kind_next(j) != JSON_KIND_STRING) {
		json_skip(j);
		return false;
	}
	if (!take_string(j, ret))
		return false;
	j->state = STATE_AFTER;
	return true;
}

bool json_take_number(struct json_stream *j, struct json_number *ret)
{
	struct number_text n;

	if (json_kind_next(j) != JSON_KIND_NUMBER) {
		json_skip(j);
		return false;
	}
	if (!whole_number(j, &n))
		return false;
	number_value(j, &n, ret);
	j->p = n.end;
	j->state = STATE_AFTER;
	return true;
}

int64_t json_take_i64(struct json_stream *j, int64_t fallback)
{
	struct json_number n;

	if (!json_take_number(j, &n))
		return fallback;
	if (n.whole)
		return n.i;
	if (n.d >= 0x1p63)
		return INT64_MAX;
	return n.d < -0x1p63 ? INT64_MIN : llrint(n.d);
}

double json_take_double(struct json_stream *j, double fallback)
{
	struct json_number n;

	return json_take_number(j, &n) ? n.d : fallback;
}

bool json_take_bool(struct json_stream *j, bool fallback)
{
	if (json_kind_next(j) != JSON_KIND_BOOL) {
		json_skip(j);
		return fallback;
	}

	bool v = *j->p == 't';

	return take_word(j, v ? "true" : "false") ? v : fallback;
}

void json_stream_stop(struct json_stream *j, int error, const char *text)
{
	stop(j, error < 0 ? error : -error, text);
}

int json_stream_finish(struct json_stream *j, struct err *err)
{
	skip_to_depth(j, 0);
	if (!j->error) {
		skip_blanks(j);
		if (j->p < j->end)
			stop_here(j, "there is more behind the end of the value");
		else if (j->in->error)
			stop_here(j, NULL);
	}
	if (!j->error)
		return 0;
	return fail(err, j->error, "not readable as JSON at byte %llu: %s",
		(unsigned long long)j->error_offset,
		j->error_text ? j->error_text : "the file ends too early");
}
