/* wallet/advice.c: the facts of providers and laws; see providers.h. */
#include "wallet/providers_int.h"

#include "base/num.h"

#include <string.h>

static const char *const kinds[ADVICE_COUNT] = { "freeze", "report", "contact", "notice", "step", "say", "never",
	"know", "deadline" };

const char *
advice_kind_name(enum advice_kind k)
{
	return kinds[k];
}

static bool
word_in(const char *s, const char *const *list, size_t n, size_t *at)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0) {
			*at = i;
			return true;
		}
	return false;
}

static bool
fact_id_ok(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) &&
	    strlen(s) <= 31;
}

/* ---- values ---- */

static bool
phone_ok(const char *s)
{
	size_t digits = 0;

	for (const char *c = s; *c != '\0'; c++)
		if (*c >= '0' && *c <= '9')
			digits++;
	return digits >= 3 && digits <= 15 && strspn(s + (*s == '+'), "0123456789 -") == strlen(s + (*s == '+'));
}

/* https, a name of ASCII letters (no userinfo, no port, no other script), and a path without blanks or quotes. */
static bool
web_ok(const char *s)
{
	size_t host;

	if (strncmp(s, "https://", 8) != 0)
		return false;
	s += 8;
	host = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-");
	if (host < 4 || memchr(s, '.', host) == NULL || s[0] == '.' || s[host - 1] == '.')
		return false;
	for (s += host; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"'<>\\@", *s) != NULL)
			return false;
	return true;
}

static bool
mail_ok(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";
	size_t n = strspn(s, set);

	return n > 0 && s[n] == '@' && strlen(s + n + 1) >= 4 && strspn(s + n + 1, set) == strlen(s + n + 1) &&
	    strchr(s + n + 1, '.') != NULL;
}

enum rc
data_channel(const struct datafile *f, const struct data_record *r, enum data_status status, const char **by_out,
    const char **value_out, struct err *e)
{
	static const char *const ways[] = { "app", "web", "phone", "mail", "chat", "post", "person" };
	const char *by = data_get(r, "by"), *value = data_get(r, "value");
	size_t way;

	*by_out = by != NULL ? by : "";
	*value_out = value != NULL ? value : "";
	if (by != NULL && !word_in(by, ways, COUNTOF(ways), &way))
		return data_bad(f, r, "by", N_("expected app, web, phone, mail, chat, post or person"), e);
	if (value == NULL)
		return OK;
	if (strcmp(*by_out, "web") == 0 && !web_ok(value))
		return data_bad(f, r, "value", N_("expected https:// and an address"), e);
	if (strcmp(*by_out, "phone") == 0 && !phone_ok(value))
		return data_bad(f, r, "value", N_("expected a phone number"), e);
	if (strcmp(*by_out, "mail") == 0 && !mail_ok(value))
		return data_bad(f, r, "value", N_("expected a mail address"), e);
	if (strcmp(*by_out, "web") != 0 && strcmp(*by_out, "phone") != 0 && strcmp(*by_out, "mail") != 0)
		return data_bad(f, r, "value", N_("only web, phone and mail have a value"), e);
	if (status == DATA_UNCONFIRMED)
		return data_bad(f, r, "value", N_("an unconfirmed number or address does not stand here"), e);
	return OK;
}

static enum rc
value_get(const struct datafile *f, const struct data_record *r, struct advice *a, struct err *e)
{
	if (a->kind == ADVICE_CONTACT && data_get(r, "by") == NULL)
		return data_bad(f, r, "by", N_("missing"), e);
	return data_channel(f, r, a->fact.status, &a->by, &a->value, e);
}

/* ---- deadlines ---- */

static bool
period_get(const char *s, unsigned *n, enum period_unit *unit)
{
	static const char *const units[] = { "hours", "days", "business-days", "months" };
	size_t digits = strspn(s, "0123456789"), at;

	if (digits == 0 || digits > 3 || s[digits] != ' ' || !num_digits(s, digits, n) || *n == 0 ||
	    !word_in(s + digits + 1, units, COUNTOF(units), &at))
		return false;
	*unit = (enum period_unit)at;
	return true;
}

static enum rc
deadline_get(const struct datafile *f, const struct data_record *r, struct advice *a, struct err *e)
{
	static const char *const whos[] = { "you", "they" };
	static const char *const froms[] = { "payment", "statement", "learning", "notice", "opening", "complaint",
		"answer", "authority" };
	static const char *const keys[] = { "who", "period", "from" };
	const char *duty = data_get(r, "duty");
	size_t at;

	a->who = a->from = a->duty = "";
	for (size_t i = 0; i < COUNTOF(keys); i++) {
		const char *v = data_get(r, keys[i]);

		if (a->kind == ADVICE_DEADLINE && v == NULL)
			return data_bad(f, r, keys[i], N_("missing"), e);
		if (a->kind != ADVICE_DEADLINE && v != NULL)
			return data_bad(f, r, keys[i], N_("only a deadline has it"), e);
	}
	if (a->kind != ADVICE_DEADLINE && duty != NULL)
		return data_bad(f, r, "duty", N_("only a deadline has it"), e);
	if (a->kind != ADVICE_DEADLINE)
		return OK;
	if (duty != NULL && !data_id_ok(duty))
		return data_bad(f, r, "duty", N_("expected a-z, 0-9 and -"), e);
	a->duty = duty != NULL ? duty : "";
	a->who = data_get(r, "who");
	a->from = data_get(r, "from");
	if (!word_in(a->who, whos, COUNTOF(whos), &at))
		return data_bad(f, r, "who", N_("expected you or they"), e);
	if (!word_in(a->from, froms, COUNTOF(froms), &at))
		return data_bad(f, r, "from",
		    N_("expected payment, statement, learning, notice, opening, complaint, answer or authority"), e);
	if (!period_get(data_get(r, "period"), &a->period, &a->unit))
		return data_bad(f, r, "period", N_("expected a number and hours, days, business-days or months"), e);
	return OK;
}

/* ---- all of it ---- */

static enum rc
text_get(const struct datafile *f, const struct data_record *r, struct advice *a, struct err *e)
{
	const char *en = data_get(r, "en"), *zh = data_get(r, "zh");

	if ((!a->own && en == NULL) || (en == NULL && zh == NULL))
		return data_bad(f, r, "en", N_("missing"), e);
	if (!a->own && zh == NULL)
		return data_bad(f, r, "zh", N_("missing"), e);
	a->en = en != NULL ? en : zh;
	a->zh = zh != NULL ? zh : en;
	return OK;
}

static enum rc
lists_get(const struct datafile *f, const struct data_record *r, struct advice *a, struct err *e)
{
	if (!data_collect(r, "of", a->of, &a->ofs))
		return data_bad(f, r, "of", N_("too many"), e);
	for (size_t i = 0; i < a->ofs; i++)
		if (!data_id_ok(a->of[i]))
			return data_bad(f, r, "of", N_("expected a-z, 0-9 and -"), e);
	if (!data_collect(r, "jurisdiction", a->place, &a->places))
		return data_bad(f, r, "jurisdiction", N_("too many"), e);
	for (size_t i = 0; i < a->places; i++)
		if (!data_place_ok(a->place[i]))
			return data_bad(f, r, "jurisdiction", N_("expected two capital letters, or EEA"), e);
	return OK;
}

enum rc
advice_get(const struct datafile *f, const struct data_record *r, bool own, struct advice *out, struct err *e)
{
	struct advice a = { .id = data_get(r, "fact"), .own = own };
	size_t kind;
	enum rc rc;

	if (!fact_id_ok(a.id))
		return data_bad(f, r, "fact", N_("expected letters, digits and -, at most 31"), e);
	if (!word_in(data_get(r, "kind"), kinds, ADVICE_COUNT, &kind))
		return data_bad(f, r, "kind",
		    N_("expected freeze, report, contact, notice, step, say, never, know or deadline"), e);
	a.kind = (enum advice_kind)kind;
	if ((rc = data_fact(f, r, &a.fact, e)) != OK || (rc = text_get(f, r, &a, e)) != OK ||
	    (rc = lists_get(f, r, &a, e)) != OK || (rc = value_get(f, r, &a, e)) != OK ||
	    (rc = deadline_get(f, r, &a, e)) != OK)
		return rc;
	*out = a;
	return OK;
}

size_t
advice_count(const struct providers *p)
{
	return p->advices;
}

const struct advice *
advice_at(const struct providers *p, size_t i)
{
	return &p->advice[i];
}

bool
advice_of(const struct advice *a, const char *id)
{
	for (size_t i = 0; i < a->ofs; i++)
		if (strcmp(a->of[i], id) == 0)
			return true;
	return false;
}

bool
advice_instructs(const struct advice *a)
{
	return a->fact.status == DATA_CONFIRMED;
}

const char *
advice_text(const struct advice *a, bool zh)
{
	return zh ? a->zh : a->en;
}
