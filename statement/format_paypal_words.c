/*
 * statement/format_paypal_words.c: PayPal's words in the six languages whose files are known. Headers: samples and
 * real files; German statement (Beschreibung, Entgelt) from documentation. A word that is not here is shown as
 * unknown, never guessed.
 */
#include "statement/format_paypal.h"

#include <string.h>

static const char *const languages[] = { "en", "de", "fr", "it", "es", "ja" };
enum { EN, DE, FR, IT, ES, JA };

/* The first word of a column that is there wins. */
static const struct { uint8_t language, col; const char *word; } headers[] = {
	{ EN, PP_DATE, "Date" },
	{ EN, PP_TIME, "Time" },
	{ EN, PP_ZONE, "Time Zone" },
	{ EN, PP_NAME, "Name" },
	{ EN, PP_TYPE, "Type" },
	{ EN, PP_STATUS, "Status" },
	{ EN, PP_DESCRIPTION, "Description" },
	{ EN, PP_CURRENCY, "Currency" },
	{ EN, PP_GROSS, "Gross" },
	{ EN, PP_GROSS, "Amount" },
	{ EN, PP_FEE, "Fee" },
	{ EN, PP_FEE, "Fees" },
	{ EN, PP_NET, "Net" },
	{ EN, PP_NET, "Total" },
	{ EN, PP_ID, "Transaction ID" },
	{ EN, PP_REF, "Reference Txn ID" },
	{ EN, PP_BALANCE, "Balance" },
	{ EN, PP_IMPACT, "Balance Impact" },
	{ EN, PP_FROM, "From Email Address" },
	{ EN, PP_TO, "To Email Address" },
	{ EN, PP_ITEM, "Item Title" },
	{ EN, PP_SUBJECT, "Subject" },
	{ EN, PP_NOTE, "Note" },
	{ EN, PP_METHOD, "Payment Source" },
	{ EN, PP_METHOD, "Payment Type" },
	{ EN, PP_RATE, "Exchange Rate" },

	{ DE, PP_DATE, "Datum" },
	{ DE, PP_TIME, "Uhrzeit" },
	{ DE, PP_ZONE, "Zeitzone" },
	{ DE, PP_NAME, "Name" },
	{ DE, PP_TYPE, "Typ" },
	{ DE, PP_STATUS, "Status" },
	{ DE, PP_DESCRIPTION, "Beschreibung" },
	{ DE, PP_CURRENCY, "Währung" },
	{ DE, PP_GROSS, "Brutto" },
	{ DE, PP_FEE, "Gebühr" },
	{ DE, PP_FEE, "Entgelt" },
	{ DE, PP_FEE, "Gebühren" },
	{ DE, PP_NET, "Netto" },
	{ DE, PP_ID, "Transaktionscode" },
	{ DE, PP_REF, "Zugehöriger Transaktionscode" },
	{ DE, PP_BALANCE, "Guthaben" },
	{ DE, PP_IMPACT, "Auswirkung auf Guthaben" },
	{ DE, PP_FROM, "Absender E-Mail-Adresse" },
	{ DE, PP_TO, "Empfänger E-Mail-Adresse" },
	{ DE, PP_ITEM, "Artikelbezeichnung" },
	{ DE, PP_SUBJECT, "Betreff" },
	{ DE, PP_NOTE, "Hinweis" },
	{ DE, PP_METHOD, "Zahlungsquelle" },

	{ FR, PP_DATE, "Date" },
	{ FR, PP_TIME, "Heure" },
	{ FR, PP_ZONE, "Fuseau horaire" },
	{ FR, PP_NAME, "Nom" },
	{ FR, PP_TYPE, "Type" },
	{ FR, PP_STATUS, "État" },
	{ FR, PP_STATUS, "Etat" },
	{ FR, PP_DESCRIPTION, "Description" },
	{ FR, PP_CURRENCY, "Devise" },
	{ FR, PP_GROSS, "Avant commission" },
	{ FR, PP_GROSS, "Brut" },
	{ FR, PP_FEE, "Commission" },
	{ FR, PP_FEE, "Frais" },
	{ FR, PP_NET, "Net" },
	{ FR, PP_ID, "Numéro de transaction" },
	{ FR, PP_ID, "N° de transaction" },
	{ FR, PP_REF, "Numéro de la transaction de référence" },
	{ FR, PP_REF, "N° de la transaction de référence" },
	{ FR, PP_REF, "N° de transaction de référence" },
	{ FR, PP_BALANCE, "Solde" },
	{ FR, PP_IMPACT, "Impact sur le solde" },
	{ FR, PP_FROM, "De l'adresse email" },
	{ FR, PP_FROM, "Adresse email de l'expéditeur" },
	{ FR, PP_TO, "À l'adresse email" },
	{ FR, PP_ITEM, "Titre de l'objet" },
	{ FR, PP_SUBJECT, "Objet" },
	{ FR, PP_NOTE, "Remarque" },
	{ FR, PP_METHOD, "Source de paiement" },

	{ IT, PP_DATE, "Data" },
	{ IT, PP_TIME, "Orario" },
	{ IT, PP_TIME, "Ora" },
	{ IT, PP_ZONE, "Fuso orario" },
	{ IT, PP_NAME, "Nome" },
	{ IT, PP_TYPE, "Tipo" },
	{ IT, PP_STATUS, "Stato" },
	{ IT, PP_DESCRIPTION, "Descrizione" },
	{ IT, PP_CURRENCY, "Valuta" },
	{ IT, PP_GROSS, "Lordo" },
	{ IT, PP_FEE, "Tariffa" },
	{ IT, PP_NET, "Netto" },
	{ IT, PP_ID, "Codice transazione" },
	{ IT, PP_REF, "Codice transazione di riferimento" },
	{ IT, PP_BALANCE, "Saldo" },
	{ IT, PP_IMPACT, "Impatto sul saldo" },
	{ IT, PP_FROM, "Indirizzo email mittente" },
	{ IT, PP_TO, "Indirizzo email destinatario" },
	{ IT, PP_ITEM, "Titolo oggetto" },
	{ IT, PP_SUBJECT, "Oggetto" },
	{ IT, PP_NOTE, "Messaggio" },
	{ IT, PP_METHOD, "Metodo di pagamento" },

	{ ES, PP_DATE, "Fecha" },
	{ ES, PP_TIME, "Hora" },
	{ ES, PP_ZONE, "Zona horaria" },
	{ ES, PP_NAME, "Nombre" },
	{ ES, PP_TYPE, "Tipo" },
	{ ES, PP_STATUS, "Estado" },
	{ ES, PP_DESCRIPTION, "Descripción" },
	{ ES, PP_CURRENCY, "Divisa" },
	{ ES, PP_GROSS, "Bruto" },
	{ ES, PP_FEE, "Comisión" },
	{ ES, PP_NET, "Neto" },
	{ ES, PP_ID, "Id. de transacción" },
	{ ES, PP_REF, "Id. de referencia de trans." },
	{ ES, PP_BALANCE, "Saldo" },
	{ ES, PP_FROM, "Correo electrónico del remitente" },

	{ JA, PP_DATE, "日付" },
	{ JA, PP_TIME, "時間" },
	{ JA, PP_ZONE, "タイムゾーン" },
	{ JA, PP_NAME, "名前" },
	{ JA, PP_TYPE, "タイプ" },
	{ JA, PP_STATUS, "ステータス" },
	{ JA, PP_DESCRIPTION, "説明" },
	{ JA, PP_CURRENCY, "通貨" },
	{ JA, PP_GROSS, "合計" },
	{ JA, PP_FEE, "手数料" },
	{ JA, PP_NET, "正味" },
	{ JA, PP_ID, "取引ID" },
	{ JA, PP_REF, "リファレンス トランザクションID" },
	{ JA, PP_BALANCE, "残高" },
	{ JA, PP_IMPACT, "残高への影響" },
	{ JA, PP_FROM, "送信者メールアドレス" },
	{ JA, PP_TO, "受信者メールアドレス" },
	{ JA, PP_ITEM, "商品タイトル" },
	{ JA, PP_SUBJECT, "件名" },
	{ JA, PP_NOTE, "備考" },
};

/* What moved, what did not, and what depends on the type while it is pending. */
static const struct { const char *word; uint8_t status, moves; } statuses[] = {
	{ "Completed", TXN_SETTLED, PP_YES },
	{ "Cleared", TXN_SETTLED, PP_YES },
	{ "Paid", TXN_SETTLED, PP_YES },
	{ "Partially Refunded", TXN_SETTLED, PP_YES },
	{ "Refunded", TXN_REFUNDED, PP_YES },
	{ "Placed", TXN_HELD, PP_YES },
	{ "Removed", TXN_RELEASED, PP_YES },
	{ "Released", TXN_RELEASED, PP_YES },
	{ "Reversed", TXN_REVERSED, PP_YES },
	{ "Pending", TXN_PENDING, PP_PENDING },
	{ "Uncleared", TXN_PENDING, PP_PENDING },
	{ "Processing", TXN_PENDING, PP_PENDING },
	{ "Under Review", TXN_PENDING, PP_PENDING },
	{ "Held", TXN_HELD, PP_PENDING },
	{ "On Hold", TXN_HELD, PP_PENDING },
	{ "Denied", TXN_FAILED, PP_NO },
	{ "Failed", TXN_FAILED, PP_NO },
	{ "Rejected", TXN_FAILED, PP_NO },
	{ "Canceled", TXN_CANCELLED, PP_NO },
	{ "Cancelled", TXN_CANCELLED, PP_NO },
	{ "Expired", TXN_CANCELLED, PP_NO },
	{ "Voided", TXN_CANCELLED, PP_NO },
	{ "Unclaimed", TXN_PENDING, PP_NO },

	{ "Abgeschlossen", TXN_SETTLED, PP_YES },
	{ "Bezahlt", TXN_SETTLED, PP_YES },
	{ "Teilweise zurückgezahlt", TXN_SETTLED, PP_YES },
	{ "Teilweise erstattet", TXN_SETTLED, PP_YES },
	{ "Zurückgezahlt", TXN_REFUNDED, PP_YES },
	{ "Erstattet", TXN_REFUNDED, PP_YES },
	{ "Einbehalten", TXN_HELD, PP_YES },
	{ "Entfernt", TXN_RELEASED, PP_YES },
	{ "Aufgehoben", TXN_RELEASED, PP_YES },
	{ "Zurückgebucht", TXN_REVERSED, PP_YES },
	{ "Ausstehend", TXN_PENDING, PP_PENDING },
	{ "Offen", TXN_PENDING, PP_PENDING },
	{ "In Bearbeitung", TXN_PENDING, PP_PENDING },
	{ "Abgelehnt", TXN_FAILED, PP_NO },
	{ "Fehlgeschlagen", TXN_FAILED, PP_NO },
	{ "Storniert", TXN_CANCELLED, PP_NO },
	{ "Abgebrochen", TXN_CANCELLED, PP_NO },
	{ "Abgelaufen", TXN_CANCELLED, PP_NO },
	{ "Nicht abgeholt", TXN_PENDING, PP_NO },
	{ "Nicht eingefordert", TXN_PENDING, PP_NO },

	{ "Terminé", TXN_SETTLED, PP_YES },
	{ "Compensé", TXN_SETTLED, PP_YES },
	{ "Payé", TXN_SETTLED, PP_YES },
	{ "Payée", TXN_SETTLED, PP_YES },
	{ "Partiellement remboursé", TXN_SETTLED, PP_YES },
	{ "Remboursé partiellement", TXN_SETTLED, PP_YES },
	{ "Remboursé", TXN_REFUNDED, PP_YES },
	{ "Placé", TXN_HELD, PP_YES },
	{ "Supprimé", TXN_RELEASED, PP_YES },
	{ "Levé", TXN_RELEASED, PP_YES },
	{ "Contre-passé", TXN_REVERSED, PP_YES },
	{ "En attente", TXN_PENDING, PP_PENDING },
	{ "En cours", TXN_PENDING, PP_PENDING },
	{ "Refusé", TXN_FAILED, PP_NO },
	{ "Échec", TXN_FAILED, PP_NO },
	{ "Échoué", TXN_FAILED, PP_NO },
	{ "Annulé", TXN_CANCELLED, PP_NO },
	{ "Expiré", TXN_CANCELLED, PP_NO },
	{ "Non réclamé", TXN_PENDING, PP_NO },

	{ "Completato", TXN_SETTLED, PP_YES },
	{ "Completata", TXN_SETTLED, PP_YES },
	{ "Pagato", TXN_SETTLED, PP_YES },
	{ "Parzialmente rimborsato", TXN_SETTLED, PP_YES },
	{ "Rimborsato", TXN_REFUNDED, PP_YES },
	{ "Rimosso", TXN_RELEASED, PP_YES },
	{ "Stornato", TXN_REVERSED, PP_YES },
	{ "In sospeso", TXN_PENDING, PP_PENDING },
	{ "In attesa", TXN_PENDING, PP_PENDING },
	{ "Rifiutato", TXN_FAILED, PP_NO },
	{ "Negato", TXN_FAILED, PP_NO },
	{ "Non riuscito", TXN_FAILED, PP_NO },
	{ "Annullato", TXN_CANCELLED, PP_NO },
	{ "Scaduto", TXN_CANCELLED, PP_NO },
	{ "Non riscosso", TXN_PENDING, PP_NO },

	{ "Completado", TXN_SETTLED, PP_YES },
	{ "Pagado", TXN_SETTLED, PP_YES },
	{ "Reembolsado parcialmente", TXN_SETTLED, PP_YES },
	{ "Parcialmente reembolsado", TXN_SETTLED, PP_YES },
	{ "Reembolsado", TXN_REFUNDED, PP_YES },
	{ "Eliminado", TXN_RELEASED, PP_YES },
	{ "Revertido", TXN_REVERSED, PP_YES },
	{ "Pendiente", TXN_PENDING, PP_PENDING },
	{ "Rechazado", TXN_FAILED, PP_NO },
	{ "Denegado", TXN_FAILED, PP_NO },
	{ "Fallido", TXN_FAILED, PP_NO },
	{ "Cancelado", TXN_CANCELLED, PP_NO },
	{ "Caducado", TXN_CANCELLED, PP_NO },
	{ "No reclamado", TXN_PENDING, PP_NO },

	{ "完了", TXN_SETTLED, PP_YES },
	{ "支払い済み", TXN_SETTLED, PP_YES },
	{ "一部返金済み", TXN_SETTLED, PP_YES },
	{ "返金済み", TXN_REFUNDED, PP_YES },
	{ "解除", TXN_RELEASED, PP_YES },
	{ "取消済み", TXN_REVERSED, PP_YES },
	{ "保留中", TXN_PENDING, PP_PENDING },
	{ "保留", TXN_PENDING, PP_PENDING },
	{ "処理中", TXN_PENDING, PP_PENDING },
	{ "拒否", TXN_FAILED, PP_NO },
	{ "失敗", TXN_FAILED, PP_NO },
	{ "キャンセル", TXN_CANCELLED, PP_NO },
	{ "キャンセル済み", TXN_CANCELLED, PP_NO },
	{ "期限切れ", TXN_CANCELLED, PP_NO },
	{ "未受領", TXN_PENDING, PP_NO },
};

static const char *const memos[] = { "Memo", "Mémo", "Promemoria", "メモ" };
/* Whole types, not parts of them: an "Invoice Payment" is money. */
static const char *const paperwork[] = {
	"Invoice",
	"Invoice Sent",
	"Invoice Received",
	"Invoice Item",
	"Money Request",
	"Request Sent",
	"Request Received",
	"Order",
	"Authorization",
	"General Authorization",
	"Authorisation",
	"General Authorisation",
	"Rechnung",
	"Rechnung gesendet",
	"Rechnung erhalten",
	"Geldanforderung",
	"Anforderung gesendet",
	"Anforderung erhalten",
	"Bestellung",
	"Autorisierung",
	"Allgemeine Autorisierung",
	"Facture",
	"Facture envoyée",
	"Facture reçue",
	"Demande de paiement",
	"Demande d'argent",
	"Demande envoyée",
	"Demande reçue",
	"Commande",
	"Autorisation",
	"Autorisation générale",
	"Autorisation standard",
	"Fattura",
	"Fattura inviata",
	"Fattura ricevuta",
	"Richiesta di denaro",
	"Richiesta inviata",
	"Richiesta ricevuta",
	"Ordine",
	"Autorizzazione",
	"Autorizzazione generica",
	"Autorizzazione generale",
	"Factura",
	"Factura enviada",
	"Factura recibida",
	"Solicitud de dinero",
	"Solicitud enviada",
	"Solicitud recibida",
	"Pedido",
	"Autorización",
	"Autorización general",
	"請求書",
	"請求書の送信",
	"請求書の受信",
	"支払いの請求",
	"注文",
	"オーダー",
	"承認",
	"オーソリ",
	"一般的なオーソリ",
};
/* Parts of types. */
static const char *const moves_pending[] = {
	"Hold", "Bank Deposit", "Withdrawal", "Funds Added",
	"Einbehaltung", "Bankgutschrift", "Abbuchung", "Auszahlung",
	"Blocage", "Approvisionnement", "Virement", "Retrait",
	"Sospensione", "Blocco", "Bonifico", "Prelievo",
	"Retención", "Depósito bancario", "Retirada",
	"銀行", "引き出し", "一時保留",
};

/* Equal but for blanks and the case of ASCII letters. */
static bool
same_word(struct str a, const char *b)
{
	size_t i = 0;

	for (;;) {
		char x, y;

		while (i < a.n &&
		       (a.p[i] == ' ' || a.p[i] == '\t' || (i + 1 < a.n && memcmp(a.p + i, "\xc2\xa0", 2) == 0)))
			i += a.p[i] == '\xc2' ? 2 : 1;
		while (*b == ' ')
			b++;
		if (i == a.n || *b == '\0')
			return i == a.n && *b == '\0';
		x = a.p[i++];
		y = *b++;
		x = x >= 'A' && x <= 'Z' ? (char)(x + 32) : x;
		y = y >= 'A' && y <= 'Z' ? (char)(y + 32) : y;
		if (x != y)
			return false;
	}
}

const char *
pp_language(int language)
{
	return languages[language];
}

void
pp_columns(struct header *h, const struct str *cell, size_t n)
{
	for (int lang = 0; lang < (int)COUNTOF(languages); lang++) {
		int col[PP_COLS];
		unsigned score = 0;

		for (int i = 0; i < PP_COLS; i++)
			col[i] = -1;
		for (size_t i = 0; i < COUNTOF(headers); i++) {
			if (headers[i].language != lang || col[headers[i].col] >= 0)
				continue;
			for (size_t k = 0; k < n && col[headers[i].col] < 0; k++) {
				if (same_word(cell[k], headers[i].word)) {
					col[headers[i].col] = (int)k;   /* the first, when a name is there twice */
					score++;
				}
			}
		}
		if (score > h->score) {
			h->score = score;
			h->language = lang;
			memcpy(h->col, col, sizeof col);
		}
	}
}

enum pp_moves
pp_status(struct str word, enum txn_status *out)
{
	*out = TXN_UNKNOWN;
	for (size_t i = 0; i < COUNTOF(statuses); i++) {
		if (same_word(word, statuses[i].word)) {
			*out = (enum txn_status)statuses[i].status;
			return (enum pp_moves)statuses[i].moves;
		}
	}
	return PP_UNKNOWN;
}

bool
pp_memo(struct str impact)
{
	for (size_t i = 0; i < COUNTOF(memos); i++)
		if (same_word(impact, memos[i]))
			return true;
	return false;
}

bool
pp_paperwork(struct str type)
{
	for (size_t i = 0; i < COUNTOF(paperwork); i++)
		if (same_word(type, paperwork[i]))
			return true;
	return false;
}

bool
pp_moves_pending(struct str type)
{
	for (size_t i = 0; i < COUNTOF(moves_pending); i++)
		if (str_has(type, moves_pending[i]))
			return true;
	return false;
}
