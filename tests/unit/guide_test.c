/* The help centre: every topic is whole in both languages, short, instructs nothing that is not confirmed, leads to commands that
 * exist, and is found; hostile files give one clear error. */
#include "base/scope.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "tests/tap.h"
#include "wallet/guide.h"
#include "wallet/providers.h"

#include <ctype.h>
#include <fcntl.h>

static struct guide *g;
static struct providers *known;

/* ---- what is shipped ---- */

static bool
is_chinese(const char *s)
{
	uint32_t cp;

	for (size_t n = strlen(s), i = 0, k; i < n && (k = utf8_next(s + i, n - i, &cp)) > 0; i += k)
		if (cp >= 0x4e00 && cp < 0xa000)
			return true;
	return false;
}

/* No number but small ones, no address, no way through menus: these are facts, with source and status. */
static bool
is_plain(const char *s)
{
	unsigned digits = 0;

	for (const char *p = s; *p != '\0'; p++) {
		digits = isdigit((unsigned char)*p) ? digits + 1 : 0;
		if (digits == 3)
			return false;
	}
	return strstr(s, "http") == NULL && strstr(s, "www.") == NULL && strstr(s, " > ") == NULL && strchr(s, '@') == NULL &&
	    strstr(s, ".com") == NULL;
}

static unsigned
text_bad(const struct guide_topic *t, const struct guide_text *x)
{
	unsigned bad = !is_plain(x->en) || !is_plain(x->zh) || is_chinese(x->zh) == false ||
	    utf8_width(x->en) > 150 || utf8_width(x->zh) > 130;

	/* Titles of Chinese cases and words to look for on a screen stand in English texts too. */
	if (bad)
		printf("# %s: %s | %s\n", t->id, x->en, x->zh);
	return bad;
}

static void
test_whole(void)
{
	unsigned bad = 0, lines = 0;

	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);
		bool setting = strcmp(guide_group_at(g, t->group)->id, "settings") == 0;

		bad += !is_chinese(t->title.zh) || utf8_width(t->title.en) > 80 || t->words[0] == '\0';
		bad += text_bad(t, &t->answer);
		for (size_t k = 0; k < t->nots; k++, lines++)
			bad += text_bad(t, &t->not[k]);
		for (size_t k = 0; k < t->dos; k++, lines++)
			bad += text_bad(t, &t->to_do[k]);
		if (t->dos < 2 || (!setting && t->nots == 0) || t->sees == 0 || t->fact.status != DATA_CONFIRMED ||
		    strlen(t->fact.source) < 8 || t->fact.day < 20000) {
			printf("# %s is not whole\n", t->id);
			bad++;
		}
	}
	ok(bad == 0 && guide_topics(g) >= 45 && lines > 250, "%zu topics, %u lines in both languages, each short and plain",
	    guide_topics(g), lines);
}

static void
test_settings(void)
{
	unsigned bad = 0, seen = 0;

	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);

		if (strcmp(guide_group_at(g, t->group)->id, "settings") != 0)
			continue;
		for (size_t k = 0, look = 0; k < t->dos; k++) {
			look += strncmp(t->to_do[k].en, "Look for: ", 10) == 0;
			seen++;
			bad += k + 1 == t->dos && look < 4;
		}
	}
	ok(bad == 0 && seen >= 36, "%u lines of settings say what to look for, never where a menu is", seen);
}

static void
test_facts(void)
{
	unsigned bad = 0, seen = 0;

	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);

		for (size_t k = 0; k < t->facts; k++, seen++) {
			const struct advice *a = NULL;

			for (size_t n = 0; n < advice_count(known); n++)
				if (strcmp(advice_at(known, n)->id, t->fact_id[k]) == 0)
					a = advice_at(known, n);
			if (a == NULL || (a->fact.status == DATA_UNCONFIRMED && a->value[0] != '\0')) {
				printf("# %s: %s\n", t->id, t->fact_id[k]);
				bad++;
			}
		}
	}
	ok(bad == 0 && seen > 70, "each of %u facts that a topic names is one of those with source and status", seen);
}

/* "incident open unauthorised": a command, and its subcommand where it has them. */
static bool
exists(const char *see)
{
	char word[64], second[64] = "";
	const struct command *c;
	int n = sscanf(see, "%63s %63s", word, second);

	if (strcmp(word, "guide") == 0)
		return second[0] == '\0' || guide_find(g, second) != NULL;
	if ((c = command_find(commands, word)) == NULL)
		return false;
	if (n < 2 || c->subs == NULL || second[0] == '-' || isupper((unsigned char)second[0]))
		return c->run != NULL;
	return command_find(c->subs, second) != NULL;
}

static void
test_see(void)
{
	unsigned bad = 0, seen = 0;

	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);

		for (size_t k = 0; k < t->sees; k++, seen++)
			if (!exists(t->see[k])) {
				printf("# %s: purser %s\n", t->id, t->see[k]);
				bad++;
			}
	}
	ok(bad == 0 && seen > 100, "each of %u commands that a topic leads to exists", seen);
}

/* ---- searching ---- */

static bool
finds_at(const char *text, const char *id, size_t within)
{
	struct guide_hit hit[GUIDE_HITS_MAX];
	size_t n = guide_search(g, text, hit);

	for (size_t i = 0; i < n && i < within; i++)
		if (strcmp(hit[i].topic->id, id) == 0)
			return true;
	printf("# \"%s\": %s", text, n == 0 ? "nothing" : "");
	for (size_t i = 0; i < n; i++)
		printf(" %s(%u)", hit[i].topic->id, hit[i].score);
	printf(", not %s\n", id);
	return false;
}

/* What a person might type, in both languages, and where it should lead: within the first three. */
static void
test_search(void)
{
	static const struct { const char *text, *id; } want[] = {
		{ "money is leaving", "money-leaving" }, { "hacked", "money-leaving" }, { "钱被转走了怎么办", "money-leaving" },
		{ "phone stolen", "phone-lost" }, { "手机丢了", "phone-lost" }, { "sim swap", "sim-dead" }, { "no signal", "sim-dead" },
		{ "手机没信号", "sim-dead" }, { "Teamviewer", "remote-access" }, { "屏幕共享", "cn-screen-share" },
		{ "safe account", "safe-account" }, { "安全账户", "safe-account" }, { "刷单", "cn-brushing" }, { "96110", "cn-police" },
		{ "110", "cn-police" }, { "冒充客服", "cn-fake-service" }, { "phishing", "phishing-clicked" }, { "钓鱼短信", "phishing-clicked" },
		{ "wrong person", "wrong-person" }, { "转错人", "wrong-person" }, { "bitcoin", "crypto-wrong" }, { "地址投毒", "crypto-wrong" },
		{ "QR", "qr-code" }, { "二维码", "qr-code" }, { "wifi", "networks" }, { "VPN", "networks" }, { "recovery kit", "recovery-kit" },
		{ "恢复套件", "recovery-kit" }, { "backup", "backup" }, { "备份", "backup" }, { "authenticator", "second-factor" },
		{ "二次验证", "second-factor" }, { "account locked", "account-locked" }, { "账户被锁", "account-locked" },
		{ "cannot log in", "cannot-log-in" }, { "登录不上", "cannot-log-in" }, { "chargeback", "card-unknown" },
		{ "recovery firm", "recovery-firm" }, { "追回损失", "recovery-firm" }, { "venmo public", "settings-venmo" },
		{ "微信支付 免密", "settings-wechat" }, { "ＰＡＹＰＡＬ", "settings-paypal" }, { "limits", "limits" }, { "限额", "limits" },
		{ "charged twice", "charged-anyway" }, { "重复扣款", "charged-anyway" }, { "support never asks", "never-asked" },
		{ "they want my code", "gave-code" }, { "邮箱被盗", "mailbox-taken" }, { "password leaked", "password-leaked" },
		{ "choose a wallet", "choose-wallet" }, { "freeze explained", "freeze" } };
	unsigned bad = 0, lost = 0;

	for (size_t i = 0; i < COUNTOF(want); i++)
		bad += !finds_at(want[i].text, want[i].id, 3);
	ok(bad == 0, "each of %zu questions leads to its topic", COUNTOF(want));
	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);

		lost += !finds_at(t->title.en, t->id, 1);
		lost += !finds_at(t->title.zh, t->id, 1);
	}
	ok(lost == 0, "each topic is the first that its own title finds, in both languages");
}

static void
test_order(void)
{
	struct guide_hit hit[GUIDE_HITS_MAX];
	size_t n = guide_search(g, "屏幕共享", hit), sorted = 1;

	for (size_t i = 1; i < n; i++)
		sorted += hit[i].score <= hit[i - 1].score;
	ok(n > 1 && sorted == n && strcmp(hit[0].topic->id, "cn-screen-share") == 0 && hit[0].line == &hit[0].topic->title,
	    "a title comes before a text, best first");
	ok(guide_search(g, "xyzzy", hit) == 0 && guide_search(g, "", hit) == 0 && guide_search(g, " ,.!？。", hit) == 0 &&
	    guide_search(g, "\xff\xfe\x80", hit) == 0, "nothing is found for nothing");
	ok(finds_at("hone", "phone-lost", 12) == false && finds_at("PHONE LOST", "phone-lost", 1),
	    "a word counts from its beginning, in either case");
}

/* ---- hostile files ---- */

#define OWN "source: purser's own advice\nchecked: 2026-11-21\n"
#define GROUP "group: g\nen: G\nzh: 组\n\n"
#define TOPIC(id) "topic: " id "\nof: g\nen: T\nzh: 题\nanswer-en: A\nanswer-zh: 答\n" OWN
#define CARD(id) "card: " id "\ndo-en: D\ndo-zh: 做\n"

static bool
refused(const char *text, const char *why)
{
	AUTO(guide_free) struct guide *out = NULL;
	struct buf b = { .max = DATA_FILE_MAX };
	struct err e = { .rc = OK };
	enum rc rc;

	buf_adds(&b, text);
	rc = guide_parse(&out, &b, "guide", &e);
	if (why == NULL ? rc == OK : rc == E_INPUT && strncmp(e.what, "guide:", 6) == 0 && strstr(e.what, why) != NULL)
		return true;
	printf("# wanted %s, got %d: %s\n", why ? why : "OK", rc, e.what);
	return false;
}

static void
test_hostile(void)
{
	ok(refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("a"), NULL), "the smallest guide there is");
	ok(refused(GROUP TOPIC("a") "status: confirmed-2nd\n\n" CARD("a"), "only confirmed") &&
	    refused(GROUP TOPIC("a") "status: unconfirmed\n\n" CARD("a"), "only confirmed"),
	    "a card that is only reported is refused");
	ok(refused(GROUP TOPIC("a") "status: confirmed\n", "no card") &&
	    refused(GROUP TOPIC("a") "status: confirmed\n\n" TOPIC("b") "status: confirmed\n\n" CARD("b"), "no card"), "each topic has a card");
	ok(refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("b"), "not the topic above") && refused(GROUP CARD("a"), "not the topic above") &&
	    refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("a") "\n" CARD("a"), "not the topic above"), "a card is that of its topic");
	ok(refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("a") "not-en: N\n", "both languages") &&
	    refused(GROUP TOPIC("a") "status: confirmed\n\ncard: a\ndo-en: D\ndo-zh: 做\ndo-zh: 做\n", "both languages"), "no line without its other language");
	ok(refused(TOPIC("a") "status: confirmed\n\n" CARD("a"), "no such group") &&
	    refused(GROUP TOPIC("A b") "status: confirmed\n\n" CARD("A b"), "dashes") &&
	    refused(GROUP GROUP TOPIC("a") "status: confirmed\n\n" CARD("a"), "twice") &&
	    refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("a") "\n" TOPIC("a") "status: confirmed\n\n" CARD("a"), "twice"), "groups and names");
	ok(refused(GROUP TOPIC("a") "status: confirmed\n\n" CARD("a") CARD("a"), "twice") && refused("group: g\nen: a\033[2J\nzh: b\n", "control") &&
	    refused(GROUP, "no card"), "damage is one clear error");
}

int
main(void)
{
	struct err e = { .rc = OK };
	int dir = -1;

	if ((dir = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || guide_load(&g, dir, &e) != OK || providers_load(&known, dir, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		return 1;
	}
	test_whole();
	test_settings();
	test_facts();
	test_see();
	test_search();
	test_order();
	test_hostile();
	guide_free(&g);
	providers_free(&known);
	return tap_done();
}
