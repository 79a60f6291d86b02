/* cmd/contact_say.c: a verdict in words and as an object; see contact.h. */
#include "cmd/contact.h"

#include "base/scope.h"
#include "cmd/out.h"

#include <string.h>

const char *
known_name(const struct gathering *g, const struct known *k)
{
	const char *name = g->facts.zh ? k->name_zh : k->name;

	return name[0] != '\0' ? name : k->who;
}

void
known_when(struct buf *out, const struct known *k)
{
	const char *fmt;

	if (k->origin == ORIGIN_HISTORY)
		fmt = N_("in your history, %s");
	else if (k->origin == ORIGIN_FILE)
		fmt = N_("your own file, %s");
	else if (k->origin != ORIGIN_SHIPPED)
		fmt = N_("your own entry of %s");
	else if (k->status == DATA_CONFIRMED)
		fmt = N_("confirmed on %s");
	else
		fmt = N_("reported by others, %s");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_addf(out, _(fmt), k->date[0] != '\0' ? k->date : "?");
#pragma GCC diagnostic pop
	if (k->stale)
		buf_addf(out, ", %s", _("may be out of date"));
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

void
known_json(struct json *j, const struct known *k)
{
	j_str(j, "who", k->who);
	j_str(j, "kind", contact_kind_name(k->kind));
	j_str(j, "value", k->value);
	j_str(j, "status", k->origin <= ORIGIN_FILE ? data_status_name(k->status) : NULL);
	j_str(j, "origin", contact_origin_name(k->origin));
	j_str(j, "confirmed", k->status == DATA_CONFIRMED && k->origin != ORIGIN_HISTORY ? or_null(k->date) : NULL);
	j_text(j, "checked", k->date);
	j_text(j, "source", k->source);
	j_text(j, "note", k->note);
	j_bool(j, "stale", k->stale);
}

/* ---- reasons ---- */

static const char *
why_text(enum contact_why w)
{
	static const char *const text[] = {
		[WHY_CONFUSABLE] = N_("It has characters in it that look like others."),
		[WHY_MIXED] = N_("It mixes alphabets within a word."),
		[WHY_WHOLE] = N_("It is written in another alphabet whose letters look like these."),
		[WHY_PUNYCODE] = N_("It begins with xn--: what a browser shows is another name than what is written."),
		[WHY_INVISIBLE] = N_("It has characters in it that nobody sees."),
		[WHY_INVALID] = N_("No address on the internet can be called that."),
		[WHY_TLD] = N_("The same name with another ending: anybody may have registered that."),
		[WHY_ADDED] = N_("A letter was added."),
		[WHY_DOUBLED] = N_("A letter was doubled."),
		[WHY_OMITTED] = N_("A letter was left out."),
		[WHY_SWAPPED] = N_("Two letters were swapped."),
		[WHY_VOWEL] = N_("A vowel was replaced."),
		[WHY_BIT] = N_("A letter was replaced by one that differs in a single bit."),
		[WHY_REPLACED] = N_("A letter was replaced."),
		[WHY_HYPHEN] = N_("It differs by a dash."),
		[WHY_DOTS] = N_("The name was cut in pieces by dots or dashes."),
		[WHY_NEAR] = N_("It differs by a letter or two."),
		[WHY_SUBDOMAIN] = N_("Their whole name stands before a domain of somebody else: the end counts."),
		[WHY_INSIDE] = N_("Their name stands inside another name: anybody may have registered that."),
		[WHY_SHARED] = N_("Only other hosts of that domain are known as theirs."),
		[WHY_ANYBODY] = N_("Anybody may have pages on that host, and this is not the page that is known as theirs."),
		[WHY_USERINFO] = N_("What stands before the @ says nothing: what comes after it counts."),
		[WHY_PATH] = N_("Their name stands in the path only: the host counts."),
		[WHY_BACKSLASH] = N_("It has a backslash in it, which programs read in different ways."),
		[WHY_PERCENT] = N_("Its host is hidden behind percent signs."),
		[WHY_CONTROL] = N_("It has control characters in it."),
		[WHY_NUMBERS] = N_("It leads to a number instead of a name."),
		[WHY_PORT] = N_("It names a port of its own."),
		[WHY_PLAIN] = N_("It is not encrypted (http): what comes may be altered on the way."),
		[WHY_SCHEME] = N_("It is no web address (https), but makes a program do something."),
		[WHY_DISPLAYED] = N_("Another address is shown before the real one."),
		[WHY_LOCAL_PART] = N_("The domain is theirs, this address at it is not one that purser knows."),
		[WHY_DIGIT] = N_("A digit or two differ."),
		[WHY_COUNTRY] = N_("The same number, with the code of another country."),
		[WHY_NATIONAL] =
		    N_("Without the code of its country it may be somebody else's: write it with + and the country."),
		[WHY_SUM] = N_("Its checksum is wrong: it was mistyped or altered."),
		[WHY_ENDS] = N_("It begins and ends like one that you know and is another one between: this is how "
				"payments are led "
				"astray."),
		[WHY_HISTORY] =
		    N_("It stands in your history, which proves nothing: anybody can pay you a little to get there."),
		[WHY_SECRET] = N_("This is a private key, not an address. Who has seen it can take what belongs to it: "
				  "move that now."),
		[WHY_TEST] = N_("It is of a network for tests: what is sent there is worth nothing."),
	};

	_Static_assert(COUNTOF(text) == WHY_COUNT, "each has its words");
	return text[w];
}

static void
say_whys(struct session *s, uint64_t why)
{
	for (enum contact_why w = 0; w < WHY_COUNT; w++) {
		if (why & WHY(w))
			say(s, "  %s", _(why_text(w)));
	}
}

/* ---- in words ---- */

/* What a match does not say. */
static void
say_limits(struct session *s, enum contact_kind k)
{
	switch (k) {
	case CONTACT_PHONE:
		say(s, N_("  Who calls you can show any number: hang up and call this one yourself."));
		break;
	case CONTACT_MAIL:
		say(s, N_("  The sender of a mail can be forged: you can write there, but that a mail came from there is not said."));
		break;
	case CONTACT_ADDRESS:
		say(s, N_("  Compare all of it, not its ends, before you send."));
		break;
	default:
		say(s, N_("  Only the name was compared, not the page. Type it yourself; follow no link."));
	}
}

static void
say_what_not(struct session *s, const struct gathering *g, const struct contact_result *r)
{
	const char *day = g->data;

	if (day[0] == '\0' && r->kind != CONTACT_ADDRESS && r->kind != CONTACT_TEXT) {
		say_tone(s, TONE_RED, N_("purser has no contacts here to compare it with. Do not use it before you know whose it is."));
		return;
	}
	switch (r->kind) {
	case CONTACT_PHONE:
		say_tone(s, TONE_RED, N_("NOT a contact of any provider that purser knows (data of %s). Do not call it."), day);
		break;
	case CONTACT_MAIL:
		say_tone(s, TONE_RED, N_("NOT a contact of any provider that purser knows (data of %s). Do not answer it."), day);
		break;
	case CONTACT_ADDRESS:
		if (!r->address.private_key)
			say_tone(s, TONE_RED, N_("NOT an address of your own book. Nothing says whose it is."));
		break;
	case CONTACT_TEXT:
		say_tone(s, TONE_RED,
		    N_("This is no web address, domain, mail address, phone number or payment address that purser can read."));
		break;
	default:
		say_tone(s, TONE_RED, N_("NOT a contact of any provider that purser knows (data of %s). Do not open it."), day);
	}
}

static void
say_address(struct session *s, const struct chainaddr *a)
{
	if (a->chain == CHAIN_NONE || a->private_key)
		return;
	switch (a->sum) {
	case SUM_GOOD:
		say(s, N_("  %s: its checksum fits, so it was copied whole. That says nothing about whose it is."),
		    chain_title(a->chain));
		break;
	case SUM_BAD:
		say(s, N_("  %s. Send nothing there. %s"), chain_title(a->chain), a->why[0] != '\0' ? _(a->why) : "");
		break;
	case SUM_NONE:
		say(s, N_("  %s: addresses of this kind have no checksum; a wrong character is not seen."), chain_title(a->chain));
		break;
	case SUM_UNSAID:
		say(s, N_("  %s, written without its checksum (all letters small or all large): a wrong character is not seen."),
		    chain_title(a->chain));
		break;
	case SUM_UNCHECKED:
		say(s, N_("  %s: its checksum could not be checked here."), chain_title(a->chain));
		break;
	}
}

/* What is theirs, where it is an instruction. */
static void
say_real(const struct gathering *g, const struct known *k)
{
	BUF when = { 0 };

	if (k == NULL || k->status != DATA_CONFIRMED || k->origin == ORIGIN_HISTORY)
		return;
	known_when(&when, k);
	say(g->s, N_("  Known of %s: %s (%s)"), known_name(g, k), k->value, buf_str(&when));
}

static void
say_source(struct session *s, const struct known *k)
{
	if (k->source[0] != '\0')
		say_tone(s, TONE_DIM, N_("  source: %s"), k->source);
}

static void
say_match(const struct gathering *g, const struct contact_result *r)
{
	const char *name = known_name(g, r->of);
	struct session *s = g->s;

	if (r->verdict == VERDICT_REPORTED)
		say_tone(s, TONE_YELLOW,
		    N_("Matches a contact of %s that is only reported by others (%s): %s. Check it yourself."), name,
		    r->of->date, r->of->value);
	else if (r->of->origin == ORIGIN_SHIPPED)
		say_tone(s, TONE_GREEN, N_("Matches the contact of %s confirmed on %s: %s"), name, r->of->date, r->of->value);
	else
		say_tone(s, TONE_GREEN, N_("Matches the contact of %s that you confirmed on %s: %s"), name, r->of->date,
		    r->of->value);
	if (r->below)
		say(s, N_("  %s is below it, of the same owner."), r->shown);
	if (r->of->stale)
		say(s, N_("  That is more than 180 days ago: it may be out of date."));
	say_source(s, r->of);
	if (r->verdict == VERDICT_MATCH)        /* they say what it is good for: nothing, when only reported */
		say_limits(s, r->kind);
}

static void
say_verdict(const struct gathering *g, const struct contact_result *r)
{
	struct session *s = g->s;

	switch (r->verdict) {
	case VERDICT_MATCH:
	case VERDICT_REPORTED:
		say_match(g, r);
		return;
	case VERDICT_PARTLY:
		say_tone(s, TONE_YELLOW, N_("NOT as %s has it: %s. Do not use it like this."), known_name(g, r->of), r->shown);
		break;
	case VERDICT_LOOKALIKE:
		/* A provider may have names that nobody told purser of: what only has theirs in it may be one. */
		if (r->why & (WHY(WHY_TLD) | WHY(WHY_INSIDE)))
			say_tone(s, TONE_RED, N_("NOT known of %s: %s is apt to be taken for %s. Do not use it."),
			    known_name(g, r->of), r->shown, r->of->value);
		else
			say_tone(s, TONE_RED, N_("NOT %s: %s is apt to be taken for %s. Do not use it."),
			    known_name(g, r->of), r->shown, r->of->value);
		break;
	case VERDICT_UNKNOWN:
		say_what_not(s, g, r);
		if (r->shown[0] != '\0' && (r->kind == CONTACT_URL || r->kind == CONTACT_DOMAIN))
			say(s, N_("  What counts in it: %s"), r->shown);
		break;
	}
	say_whys(s, r->why);
	if (r->registrable[0] != '\0' && r->verdict != VERDICT_PARTLY)
		say(s, N_("  It belongs to whoever registered %s."), r->registrable);
	say_real(g, r->of);
}

static void
say_unseen(const struct gathering *g, const struct contact_result *r)
{
	struct session *s = g->s;

	if (r->unexamined && r->kind != CONTACT_ADDRESS)
		warn(s, N_("Characters that look like others could not be looked for: %s"),
		    g->names.why.rc != OK ? g->names.why.what : _("this name cannot be read"));
	if (!g->own)
		note(s, N_("Your own contacts and addresses were not looked at: the store is locked, or there is none."));
}

/* ---- as an object ---- */

static enum rc
verdict_json(const struct gathering *g, const char *typed, const struct contact_result *r, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "contact");
	j_str(&j, "asked", r->why & WHY(WHY_SECRET) ? NULL : typed);
	j_str(&j, "kind", contact_kind_name(r->kind));
	j_str(&j, "verdict", contact_verdict_name(r->verdict));
	j_list(&j, "why");
	for (enum contact_why w = 0; w < WHY_COUNT; w++) {
		if (r->why & WHY(w))
			j_str(&j, NULL, contact_why_name(w));
	}
	j_end_list(&j);
	j_text(&j, "shown", r->shown);
	j_text(&j, "ascii", r->ascii);
	j_text(&j, "registrable", r->registrable);
	if (r->of != NULL) {
		j_obj(&j, "of");
		known_json(&j, r->of);
		j_end(&j);
	} else {
		j_null(&j, "of");
	}
	j_bool(&j, "below", r->below);
	j_text(&j, "chain", chain_name(r->address.chain));
	j_str(&j, "form", r->address.chain != CHAIN_NONE ? or_null(r->address.form) : NULL);
	j_str(&j, "checksum", r->address.chain != CHAIN_NONE ? chain_sum_name(r->address.sum) : NULL);
	j_bool(&j, "examined", !r->unexamined);
	j_bool(&j, "own_looked_at", g->own);
	j_text(&j, "data", g->data);
	return out_json(g->s, &j, e);
}

enum rc
verdict_out(const struct gathering *g, const char *typed, const struct contact_result *r, struct err *e)
{
	enum rc rc = OK;

	if (g->s->json)
		rc = verdict_json(g, typed, r, e);
	else
		say_verdict(g, r);
	if (!g->s->json && r->kind == CONTACT_ADDRESS)
		say_address(g->s, &r->address);
	say_unseen(g, r);
	if (rc != OK)
		return rc;
	return r->verdict == VERDICT_MATCH ? OK : E_FINDINGS;
}
