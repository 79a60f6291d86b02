/* tests/unit/tsa_test.c: crypto/tsa.h: the request byte for byte, and replies of an authority that openssl plays. */
#include "crypto/tsa.h"
#include "crypto/kdf.h"
#include "base/io.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

static char dir[] = "/tmp/purser-tsa-XXXXXX";
static const int64_t year = INT64_C(365) * 86400 * 1000;

static bool
sh(const char *script)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (chdir(dir) != 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
		(void)execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
load(struct buf *out, const char *name)
{
	BUF path = { 0 };

	buf_addf(&path, "%s/%s", dir, name);
	buf_reset(out);
	return io_read_file(AT_FDCWD, buf_str(&path), 1 << 20, out, NULL) == OK;
}

static void
save(const char *name, const struct buf *b)
{
	BUF path = { 0 };

	buf_addf(&path, "%s/%s", dir, name);
	(void)unlink(buf_str(&path));
	if (io_create(AT_FDCWD, buf_str(&path), 0600, b->p, b->len, NULL) != OK)
		abort();
}

/* A root, an authority below it (RSA 2048), another root. */
static const char setup[] =
    "cat >c.cnf <<-E\n[req]\ndistinguished_name=d\nprompt=no\n[d]\n[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\n"
    "signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\nordering=no\ntsa_name=no\ness_cert_id_chain=no\n"
    "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
    "[ts]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nE\n"
    "echo 01 >serial\n"
    "for r in root other; do openssl req -x509 -newkey rsa:2048 -nodes -keyout $r.key -out $r.pem -days 30 -subj /CN=$r -config c.cnf -extensions ca; done\n"
    "openssl req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj '/CN=Stamps \xe6\x97\xb6/O=Made up' -utf8 -config c.cnf\n"
    "openssl x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -extfile c.cnf -extensions ts -out tsa.pem\n";
static const char reply[] =
    "openssl ts -reply -config c.cnf -section t -queryfile q.tsq -signer tsa.pem -inkey tsa.key -out r.tsr\n";

static enum tsa_answer
ask(struct tsa_question *q, const struct buf *r, const struct buf *certs, int64_t *when, char name[TSA_NAME_MAX])
{
	q->reply = (const unsigned char *)buf_str(r);
	q->replylen = r->len;
	q->certs = (const unsigned char *)buf_str(certs);
	q->certslen = certs->len;
	return tsa_verify(q, when, name);
}

static void
request(void)
{
	static const unsigned char want[] = { 0x30, 0x43, 2, 1, 1, 0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1,
		5, 0, 4, 0x20 };
	unsigned char digest[32], nonce[8], sig[64];
	BUF out = { 0 };

	memset(digest, 0xab, sizeof digest);
	memset(sig, 0xff, sizeof sig);
	tsa_nonce(nonce, sig);
	ok(nonce[0] == 0x7f && nonce[7] == 0xff, "a nonce is no negative number");
	memset(sig, 0, sizeof sig);
	tsa_nonce(nonce, sig);
	ok(nonce[0] == 0x40, "nor is it shorter than eight bytes");
	tsa_request(&out, digest, nonce);
	ok(out.len == 69 && memcmp(out.p, want, sizeof want) == 0 && memcmp(out.p + 24, digest, 32) == 0 &&
	    memcmp(out.p + 56, "\x02\x08\x40\0\0\0\0\0\0\0\x01\x01\xff", 13) == 0, "the request, byte for byte");
}

static void
replies(void)
{
	struct tsa_question q = { .now_ms = 0 }, other;
	BUF query = { 0 }, good = { 0 }, root = { 0 }, wrong = { 0 }, bad = { 0 };
	char name[TSA_NAME_MAX] = "";
	int64_t when = 0;
	size_t changed = 0;

	memset(q.digest, 7, sizeof q.digest);
	memset(q.nonce, 0x41, sizeof q.nonce);
	tsa_request(&query, q.digest, q.nonce);
	save("q.tsq", &query);
	if (!ok(sh("openssl ts -query -in q.tsq -text | grep -q sha256"), "openssl reads the request") ||
	    !ok(sh(setup) && sh(reply) && load(&good, "r.tsr") && load(&root, "root.pem") && load(&wrong, "other.pem"),
	    "openssl plays the authority"))
		return;
	q.now_ms = (int64_t)time(NULL) * 1000;
	ok(sh("openssl ts -verify -in r.tsr -queryfile q.tsq -CAfile root.pem"), "openssl verifies the reply");
	ok(ask(&q, &good, &root, &when, name) == TSA_GOOD, "so do we");
	ok(when > q.now_ms - 600000 && when <= q.now_ms + 600000, "its time is now");
	ok(strstr(name, "CN=Stamps \xe6\x97\xb6") != NULL, "its signer is named: %s", name);
	ok(ask(&q, &good, &wrong, &when, name) == TSA_UNTRUSTED, "not signed by another authority");
	other = q;
	other.digest[0] ^= 1;
	ok(ask(&other, &good, &root, &when, name) == TSA_OTHER, "of other bytes");
	other = q;
	other.nonce[7] ^= 1;
	ok(ask(&other, &good, &root, &when, name) == TSA_NONCE, "to another request");
	other = q;
	other.now_ms += year;
	ok(ask(&other, &good, &root, &when, name) == TSA_UNTRUSTED, "certificates that have expired");
	other.now_ms = q.now_ms - year;
	ok(ask(&other, &good, &root, &when, name) == TSA_UNTRUSTED, "or do not hold yet");
	ok(ask(&q, &query, &root, &when, name) == TSA_NO_REPLY, "a request is no reply");
	ok(ask(&q, &good, &query, &when, name) == TSA_NO_CERTS, "a request is no certificate");
	buf_reset(&bad);
	ok(ask(&q, &good, &bad, &when, name) == TSA_NO_CERTS && ask(&q, &bad, &root, &when, name) == TSA_NO_REPLY, "empty files");
	buf_add(&bad, good.p, good.len - 1);
	ok(ask(&q, &bad, &root, &when, name) == TSA_NO_REPLY, "cut off");
	buf_reset(&bad);
	buf_add(&bad, good.p, good.len);
	buf_addc(&bad, 0);
	ok(ask(&q, &bad, &root, &when, name) == TSA_NO_REPLY, "a byte too many");
	for (size_t i = 0; i < good.len; i += 7) {
		enum tsa_answer a;

		buf_reset(&bad);
		buf_add(&bad, good.p, good.len);
		bad.p[i] = (char)(bad.p[i] ^ 0x20);
		a = ask(&q, &bad, &root, &when, name);
		changed += a == TSA_GOOD;
	}
	/* Certificates that go with it unsigned may change without harm; none of the signed bytes may. */
	ok(changed < good.len / 70, "a changed byte: %zu of %zu are accepted", changed, good.len / 7);
	ok(sh("openssl ts -query -digest $(printf %064d 7) -sha256 -no_nonce -cert -out q.tsq") && sh(reply) && load(&good, "r.tsr"),
	    "a reply without a nonce");
	other = q;
	memset(other.digest, 0, sizeof other.digest);
	other.digest[31] = 7;
	ok(ask(&other, &good, &root, &when, name) == TSA_NONCE, "a reply without a nonce is refused");
	buf_reset(&bad);
	buf_add(&bad, "\x30\x05\x30\x03\x02\x01\x02", 7);
	ok(ask(&q, &bad, &root, &when, name) == TSA_REFUSED, "status 2: rejection");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL || !tsa_begin())
		return 1;
	request();
	if (sh("command -v openssl"))
		replies();
	else
		tap_skip("openssl IS NOT HERE: no authority to ask");
	(void)sh("rm -f ./*");
	(void)rmdir(dir);
	return tap_done();
}
