/* tests/json.h: a small reader of JSON files, for vectors. Whole file in, a tree out; anything odd ends the test. */
#ifndef PURSER_TESTS_JSON_H
#define PURSER_TESTS_JSON_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json {
	enum { J_NULL, J_BOOL, J_NUMBER, J_STRING, J_ARRAY, J_OBJECT } type;
	char *name;             /* of a member */
	char *text;             /* J_STRING: decoded; J_NUMBER: as written; J_BOOL: "true", "false" */
	struct json *child;     /* first element or member */
	struct json *next;
};

static inline void
json_die(const char *why)
{
	printf("Bail out! JSON: %s\n", why);
	exit(1);
}

static inline void *
json_mem(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		json_die("out of memory");
	return p;
}

/* The whole file with a NUL behind it; NULL when it cannot be read. *n may be NULL. */
static inline char *
file_text(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 1 << 16, len = 0, got;
	char *p, *q;

	if (f == NULL)
		return NULL;
	p = json_mem(cap);
	while ((got = fread(p + len, 1, cap - len - 1, f)) > 0) {
		len += got;
		if (cap - len > 1)
			continue;
		if ((q = realloc(p, cap *= 2)) == NULL)
			json_die("out of memory");
		p = q;
	}
	(void)fclose(f);
	p[len] = '\0';
	if (n != NULL)
		*n = len;
	return p;
}

static inline void
json_blank(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

static inline void
json_utf8(char **out, unsigned cp)
{
	if (cp < 0x80) {
		*(*out)++ = (char)cp;
	} else if (cp < 0x800) {
		*(*out)++ = (char)(0xc0 | cp >> 6);
		*(*out)++ = (char)(0x80 | (cp & 63));
	} else if (cp < 0x10000) {
		*(*out)++ = (char)(0xe0 | cp >> 12);
		*(*out)++ = (char)(0x80 | (cp >> 6 & 63));
		*(*out)++ = (char)(0x80 | (cp & 63));
	} else {
		*(*out)++ = (char)(0xf0 | cp >> 18);
		*(*out)++ = (char)(0x80 | (cp >> 12 & 63));
		*(*out)++ = (char)(0x80 | (cp >> 6 & 63));
		*(*out)++ = (char)(0x80 | (cp & 63));
	}
}

static inline unsigned
json_hex4(const char *p)
{
	char h[5] = { p[0], p[0] ? p[1] : '\0', p[0] && p[1] ? p[2] : '\0', p[0] && p[1] && p[2] ? p[3] : '\0', '\0' };

	if (strspn(h, "0123456789abcdefABCDEF") != 4)
		json_die("bad \\u");
	return (unsigned)strtoul(h, NULL, 16);
}

static inline char *
json_string(const char **p)
{
	size_t n = 1;
	char *s, *out;

	for (const char *q = *p + 1; *q && *q != '"'; q++, n++) {
		if (*q == '\\' && q[1] != '\0')
			q++;
	}
	out = s = json_mem(4 * n + 1);
	for ((*p)++; **p != '"'; (*p)++) {
		static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
		unsigned cp, low;

		if (**p == '\0')
			json_die("string without end");
		if (**p != '\\') {
			*out++ = **p;
			continue;
		}
		(*p)++;
		if (**p == 'u') {
			cp = json_hex4(*p + 1);
			*p += 4;
			if (cp >= 0xd800 && cp < 0xdc00 && (*p)[1] == '\\' && (*p)[2] == 'u') {
				low = json_hex4(*p + 3);
				cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
				*p += 6;
			}
			json_utf8(&out, cp);
		} else {
			*out++ = strchr(from, **p) && **p ? to[strchr(from, **p) - from] : **p;
		}
	}
	(*p)++;
	*out = '\0';
	return s;
}

static inline struct json *
json_value(const char **p, int depth)
{
	struct json *j = json_mem(sizeof *j), **tail = &j->child;
	size_t n;

	if (depth > 64)
		json_die("too deep");
	json_blank(p);
	if (**p == '"') {
		j->type = J_STRING;
		j->text = json_string(p);
	} else if (**p == '{' || **p == '[') {
		char close = **p == '{' ? '}' : ']';

		j->type = **p == '{' ? J_OBJECT : J_ARRAY;
		(*p)++;
		for (json_blank(p); **p != close; json_blank(p)) {
			char *name = NULL;

			if (j->child != NULL && *(*p)++ != ',')
				json_die("no comma");
			json_blank(p);
			if (j->type == J_OBJECT) {
				if (**p != '"')
					json_die("no name");
				name = json_string(p);
				json_blank(p);
				if (*(*p)++ != ':')
					json_die("no colon");
			}
			*tail = json_value(p, depth + 1);
			(*tail)->name = name;
			tail = &(*tail)->next;
		}
		(*p)++;
	} else {
		n = strspn(*p, "-+.0123456789abcdefghijklmnopqrstuvwxyzE");
		if (n == 0)
			json_die("no value");
		j->text = json_mem(n + 1);
		memcpy(j->text, *p, n);
		j->type = **p == 'n' ? J_NULL : **p == 't' || **p == 'f' ? J_BOOL : J_NUMBER;
		*p += n;
	}
	return j;
}

static inline void
json_free(struct json *j)
{
	struct json *next;

	for (; j != NULL; j = next) {
		next = j->next;
		json_free(j->child);
		free(j->name);
		free(j->text);
		free(j);
	}
}

/* NULL when there is no such file. */
static inline struct json *
json_file(const char *dir, const char *name)
{
	char path[4096], *text;
	const char *p;
	struct json *j;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	if ((text = file_text(path, NULL)) == NULL)
		return NULL;
	p = text;
	j = json_value(&p, 0);
	json_blank(&p);
	if (*p != '\0')
		json_die("something after the end");
	free(text);
	return j;
}

/* A member; NULL when there is none. */
static inline struct json *
json_at(const struct json *j, const char *name)
{
	for (struct json *c = j ? j->child : NULL; c != NULL; c = c->next) {
		if (c->name != NULL && strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

/* The first element of a member that is an array or object; NULL when there is none. */
static inline const struct json *
json_first(const struct json *j, const char *name)
{
	const struct json *c = json_at(j, name);

	return c != NULL ? c->child : NULL;
}

/* Its text; "" when there is none. */
static inline const char *
json_get(const struct json *j, const char *name)
{
	const struct json *c = json_at(j, name);

	return c != NULL && c->text != NULL ? c->text : "";
}

/* A line of a tab-separated table: cuts line at its tabs, in place; returns the number of cells. */
static inline size_t
tsv_cells(char *line, char **cell, size_t max)
{
	size_t n = 0;

	for (;;) {
		if (n < max)
			cell[n] = line;
		n++;
		if ((line = strchr(line, '\t')) == NULL)
			return n < max ? n : max;
		*line++ = '\0';
	}
}

/* The next line of *text, cut off in place; NULL at the end. */
static inline char *
next_line(char **text)
{
	char *line = *text, *end;

	if (*line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	*text = *end ? end + 1 : end;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

/* Hexadecimal text to malloc'd bytes. */
static inline unsigned char *
hex_bytes(const char *hex, size_t *n)
{
	size_t len = strlen(hex);
	unsigned char *p = json_mem(len / 2 + 1);

	if (len % 2 != 0 || strspn(hex, "0123456789abcdefABCDEF") != len)
		json_die("bad hexadecimal text");
	for (size_t i = 0; i < len / 2; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		p[i] = (unsigned char)strtoul(two, NULL, 16);
	}
	*n = len / 2;
	return p;
}

#endif
