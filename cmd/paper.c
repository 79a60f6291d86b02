/* cmd/paper.c: the ritual: a sheet is shown once, typed back from paper, or read from a descriptor. See term.h. */
#include "cmd/term.h"

#include "base/utf8.h"
#include "cmd/tty.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LINE_WORDS 5u
#define WORD_LETTERS 8u          /* the longest word of the list */
#define CLEAR_ALL "\033[2J\033[3J\033[H"      /* screen, scrollback, cursor home */

/* -- showing -- */

static void
put_line(struct session *s, const char *text)
{
	tty_puts(s, text);
	tty_puts(s, "\n");
}

/* Word by word from the stack: no growing buffer keeps a copy. */
static void
put_sheet(struct session *s, const struct kit_sheet *k)
{
	BUF b = { .max = 1024 };
	char cell[32];

	for (unsigned i = 0; i < k->share->words; i++) {
		(void)snprintf(cell, sizeof cell, "%s%4u %-9s", i % LINE_WORDS == 0 ? " " : "", i + 1,
		    slip39_word(k->share->word[i]));
		tty_puts(s, cell);
		if (i % LINE_WORDS == LINE_WORDS - 1 || i + 1 == k->share->words)
			tty_puts(s, "\n");
	}
	wipe(cell, sizeof cell);
	buf_adds(&b, "\n  ");
	buf_addf(&b, _("fingerprint %s    store %s    sheet %u of %u    %s"), k->fingerprint, k->store, k->sheet, k->sheets,
	    k->date);
	if (k->needed > 1) {
		buf_adds(&b, "\n  ");
		buf_addf(&b, _("any %u sheets together open the store"), k->needed);
	}
	put_line(s, buf_str(&b));
	put_line(s, "");
	if (k->sheet < k->sheets) {
		put_line(s, _("Write all of it on a paper of its own, no photo. Enter: the words leave the screen, the next sheet comes."));
		put_line(s, _("Ctrl-C: no kit yet, later with purser kit new."));
		return;
	}
	put_line(s, k->sheets > 1
		? _("Write all of it on paper, no photo. Enter: the words leave the screen and you type one of the sheets back.")
		: _("Write all of it on paper, no photo. Enter: the words leave the screen and you type them back."));
	put_line(s, _("Four letters and a space are enough. Backspace goes back. Ctrl-C: no kit yet, later with purser kit new."));
}

enum rc
kit_show(struct session *s, const struct kit_sheet *k, struct err *e)
{
	const char *enter = tty_can_clear() ? "\033[?1049h" CLEAR_ALL : "";
	const char *leave = tty_can_clear() ? CLEAR_ALL "\033[?1049l" : "";
	struct tty t = { 0 };
	bool again;
	enum rc rc;
	int c;

	if (!can_ask(s))
		return nobody("--kit-file FILE", false, e);
	do {
		tty_begin(s, &t);
		tty_puts(s, enter);
		put_sheet(s, k);
		do
			c = tty_byte(&t);
		while (c >= 0 && c != '\n' && c != '\r');
		tty_puts(s, leave);
		rc = tty_end(s, &t, &again);
	} while (rc == OK && again);
	if (rc != OK)
		return err_set(e, rc, N_("interrupted: no kit yet"));
	if (c < 0)
		return err_set(e, E_USAGE, N_("no answer was given. Nothing was changed"));
	if (!tty_can_clear())
		tty_puts(s, _("This terminal cannot clear its screen: close its window when you are done.\n"));
	return OK;
}

/* -- typing -- */

struct typing {
	struct session *s;
	const struct slip39_share *expect;           /* the sheets one of which it must be; NULL: any */
	unsigned sheets;
	char word[KIT_WORDS][WORD_LETTERS + 1];      /* as typed */
	uint16_t index[KIT_WORDS];
	unsigned at;             /* the word being typed */
	unsigned len;            /* its letters so far */
};

static unsigned
line_start(unsigned at)
{
	return at - at % LINE_WORDS;
}

static void
prefix(const struct typing *k, unsigned start)
{
	char p[24];

	(void)snprintf(p, sizeof p, "  %2u-%-2u ", start + 1, start + LINE_WORDS);
	tty_puts(k->s, p);
}

/* The line again from its beginning, up to the letters of the word being typed. */
static void
draw(const struct typing *k)
{
	prefix(k, line_start(k->at));
	for (unsigned i = line_start(k->at); i < k->at; i++) {
		tty_puts(k->s, k->word[i]);
		tty_puts(k->s, " ");
	}
	tty_put(k->s, k->word[k->at], k->len);
}

/* A line is done: nobody who comes by reads it. */
static void
mask_line(const struct typing *k, unsigned start, const char *after)
{
	unsigned width = 0;
	char blank[64];

	for (unsigned i = start; i < start + LINE_WORDS; i++)
		width += (unsigned)strlen(k->word[i]) + 1;
	(void)snprintf(blank, sizeof blank, "%*s", (int)width, "");
	tty_puts(k->s, "\r");
	prefix(k, start);
	tty_puts(k->s, blank);
	tty_puts(k->s, "\r");
	prefix(k, start);
	tty_puts(k->s, "\xe2\x80\xa6   ");
	tty_puts(k->s, after);
	tty_puts(k->s, "\n");
}

static void
complain(const struct typing *k, unsigned i, bool known)
{
	char text[256];

	if (!known)
		(void)snprintf(text, sizeof text, _("\"%s\" is no kit word. Look at word %u on your paper."), k->word[i], i + 1);
	else
		(void)snprintf(text, sizeof text, _("\"%s\" is not word %u. Look at your paper."), k->word[i], i + 1);
	tty_puts(k->s, "\n     ");
	put_line(k->s, text);
	wipe(text, sizeof text);
}

/* Is there a sheet that goes on so after the words that stand? */
static bool
expected(const struct typing *k, int index)
{
	if (k->expect == NULL)
		return true;
	for (unsigned i = 0; i < k->sheets; i++)
		if (k->expect[i].word[k->at] == index &&
		    memcmp(k->expect[i].word, k->index, k->at * sizeof k->index[0]) == 0)
			return true;
	return false;
}

/* A space or Enter after letters: the word stands or is named. */
static void
end_word(struct typing *k)
{
	unsigned start = line_start(k->at);
	int index = slip39_find(k->word[k->at], k->len);

	if (k->len == 0)
		return;
	k->word[k->at][k->len] = '\0';
	if (index < 0 || !expected(k, index)) {
		complain(k, k->at, index >= 0);
		k->len = 0;
		draw(k);
		return;
	}
	k->index[k->at++] = (uint16_t)index;
	k->len = 0;
	if (k->at % LINE_WORDS != 0) {
		tty_puts(k->s, " ");
		return;
	}
	mask_line(k, start, "ok");
	if (k->at < KIT_WORDS)
		draw(k);
}

/* Within a word, into the word before it, and at the start of a line into the line before, which is shown again. */
static void
back(struct typing *k)
{
	if (k->len > 0) {
		k->len--;
		tty_puts(k->s, "\b \b");
		return;
	}
	if (k->at == 0)
		return;
	k->at--;
	k->len = (unsigned)strlen(k->word[k->at]);
	if (k->at % LINE_WORDS == LINE_WORDS - 1) {
		tty_puts(k->s, "\n");
		draw(k);
	} else {
		tty_puts(k->s, "\b");
	}
}

static void
type_key(struct typing *k, struct tty *t, int c)
{
	char letter = (char)c;

	if (c == 0x1b) {
		tty_skip_escape(t);
	} else if (c == 0x7f || c == '\b') {
		back(k);
	} else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
		end_word(k);
	} else if (c > 0x20 && c < 0x7f && k->len < WORD_LETTERS) {
		letter = (char)tolower(c);
		k->word[k->at][k->len++] = letter;
		tty_put(k->s, &letter, 1);
	}
}

static enum rc
type_words(struct typing *k, struct err *e)
{
	struct tty t = { 0 };
	bool again;
	enum rc rc;
	int c = 0;

	do {
		tty_begin(k->s, &t);
		draw(k);
		while (k->at < KIT_WORDS && (c = tty_byte(&t)) >= 0)
			type_key(k, &t, c);
		if ((rc = tty_end(k->s, &t, &again)) != OK)
			return err_set(e, rc, N_("interrupted: no kit yet"));
		if (again)
			tty_puts(k->s, "\n");
	} while (again);
	if (c < 0)
		return err_set(e, E_USAGE, N_("no answer was given. Nothing was changed"));
	return OK;
}

/* The sheet does not fit together (checksum): which word shall be typed again? */
static enum rc
which_word(struct typing *k, const struct err *why, struct err *e)
{
	BUF typed = { .max = 64 };
	unsigned n = 0;
	enum rc rc;

	if ((rc = tell(k->s, e, "     %s", why->what)) != OK)
		return rc;
	do {
		if ((rc = ask_text(k->s, N_("Number of the word to type again, then all after it (Enter: from the first): "), NULL,
		    &typed, e)) != OK)
			return rc;
		if (typed.len == 0)
			n = 1;
		else if (sscanf(buf_str(&typed), "%2u", &n) != 1)
			n = 0;
	} while (n < 1 || n > KIT_WORDS);
	k->at = n - 1;
	k->len = 0;
	return OK;
}

static enum rc
join_words(const struct typing *k, struct slip39_share *out, struct err *e)
{
	char line[KIT_WORDS * (WORD_LETTERS + 1) + 1];
	size_t n = 0;
	enum rc rc;

	for (unsigned i = 0; i < KIT_WORDS; i++) {
		const char *word = slip39_word(k->index[i]);
		size_t w = strlen(word);

		memcpy(line + n, word, w);
		n += w;
		line[n++] = ' ';
	}
	rc = slip39_parse(out, line, n, e);
	wipe(line, sizeof line);
	return rc;
}

enum rc
kit_type(struct session *s, const struct slip39_share *expect, unsigned sheets, struct slip39_share *out, struct err *e)
{
	struct typing k = { .s = s, .expect = expect, .sheets = sheets };
	struct err why = { 0 };
	enum rc rc;

	if (!can_ask(s))
		return nobody("--kit-fd N", false, e);
	while ((rc = type_words(&k, e)) == OK && join_words(&k, out, &why) != OK) {
		if ((rc = which_word(&k, &why, e)) != OK)
			break;
	}
	wipe(&k, sizeof k);
	return rc;
}

/* -- the fingerprint: 80 bits as 4 x 4 characters of Crockford's base 32 -- */

bool
fingerprint_read(char out[FINGERPRINT_LEN + 1], const char *s, size_t n)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char got[FINGERPRINT_LEN + 1];
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		char c = (char)toupper((unsigned char)s[i]);

		if (c == '-' || c == ' ' || c == '\t' || c == '\r')
			continue;
		c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
		if (c == '\0' || strchr(alphabet, c) == NULL || at >= FINGERPRINT_LEN)
			return false;
		if (at % 5 == 4)
			got[at++] = '-';
		got[at++] = c;
	}
	if (at != FINGERPRINT_LEN)
		return false;
	memcpy(out, got, FINGERPRINT_LEN);
	out[FINGERPRINT_LEN] = '\0';
	return true;
}

enum rc
kit_type_fingerprint(struct session *s, char out[FINGERPRINT_LEN + 1], struct err *e)
{
	BUF typed = { .max = 256 };
	enum rc rc;

	for (;;) {
		if ((rc = ask_text(s, N_("Fingerprint on the paper: "), "--kit-fd N", &typed, e)) != OK)
			return rc;
		if (typed.len == 0) {
			out[0] = '\0';
			return OK;
		}
		if (fingerprint_read(out, typed.p, typed.len))
			return OK;
		if ((rc = tell(s, e, N_("     A fingerprint has 16 letters and digits, such as 7K3M-Q2XD-90HT-VB4E."))) != OK)
			return rc;
	}
}

/* -- from a descriptor -- */

void
kit_lines_wipe(struct kit_lines *k)
{
	slip39_wipe(k->share, COUNTOF(k->share));
	wipe(k, sizeof *k);
}

static enum rc
kit_line(struct kit_lines *out, const char *p, size_t n, struct err *e)
{
	static const char word[] = "fingerprint";

	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	if (n == 0 || *p == '#')
		return OK;
	if (n > sizeof word && memcmp(p, word, sizeof word - 1) == 0) {
		if (!fingerprint_read(out->fingerprint, p + sizeof word - 1, n - (sizeof word - 1)))
			return err_set(e, E_USAGE, N_("the fingerprint line of the kit is not 16 letters and digits"));
		return OK;
	}
	if (out->n >= COUNTOF(out->share))
		return err_set(e, E_USAGE, N_("more than %zu shares in the kit"), COUNTOF(out->share));
	/* A sheet that does not read is a wrong kit, not a refused file. */
	return slip39_parse(&out->share[out->n++], p, n, e) == OK ? OK : e != NULL ? (e->rc = E_AUTH) : E_AUTH;
}

enum rc
kit_read_fd(int fd, struct kit_lines *out, struct err *e)
{
	KIT_LINES k = { .n = 0 };
	bool none = false;
	enum rc rc;

	for (;;) {
		SECRET line = { 0 };

		if ((rc = read_line_fd(fd, 1024, &line, &none, e)) != OK)
			return rc;
		if (none)
			break;
		if ((rc = kit_line(&k, (const char *)line.bytes, line.len, e)) != OK)
			return rc;
	}
	if (k.n == 0)
		return err_set(e, E_USAGE, N_("no share of a recovery kit on descriptor %d"), fd);
	*out = k;
	return OK;
}
