/*
 * Finds a record in a line: what its log has put around it, and who wrote it. The kernel's records begin with "type=",
 * and auditd's do; what comes before is the log's own (a time, a host, "kernel:"). Where that names another program,
 * the line is from that program, whatever its text is: anybody may write to syslog and the journal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "husk/descriptor.h"
#include "husk/json.h"

#define TYPE "1326"

/* ---- who wrote it --------------------------------------------------------------------------------------------- */

static bool
is_auditor (const char *name, size_t length)
{
  static const char *const known[]
      = { "kernel", "audit", "audispd", "auditd", "audisp-syslog", "kauditd", "sedispatch", "dmesg" };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strlen (known[i]) == length && strncmp (known[i], name, length) == 0)
      return true;
  return false;
}

static bool
is_kernel (const char *name, size_t length)
{
  return length == 6 && strncmp (name, "kernel", 6) == 0;
}

/* "<4>1 TIME HOST PROGRAM PROCESS MESSAGE DATA", of RFC 5424, whose program is not followed by a colon, and whose empty
 * fields are hyphens. The kernel has no process. */
static bool
trusted_fields (const char *prefix, bool *out_hyphens, char *out, size_t size)
{
  const char *at = prefix[0] == '<' ? strchr (prefix, '>') : NULL;
  if (!at || strncmp (at, ">1 ", 3) != 0)
    return true;
  *out_hyphens = true;
  for (int field = 0; field < 3; field++)
    {
      at += strcspn (at, " ");
      at += strspn (at, " ");
    }
  size_t length = strcspn (at, " ");
  if (is_auditor (at, length) && (!is_kernel (at, length) || strncmp (at + length, " - ", 3) == 0))
    return true;
  fields_copy (out, size, at, length);
  return false;
}

/* The words before a record, one by one. */
struct prefix
{
  unsigned words; /* that were read */
  bool kernels;   /* the first was dmesg -x's "kern" */
  bool bracket;   /* in "[   12.345678]" or "[Sun Nov 29 15:13:16 2026]" */
  bool begun;     /* after a time in brackets or the writer's name, where a message begins */
  bool host;      /* in which a host's name may come first, as in journalctl -o short-monotonic */
  bool stream;    /* the second word was that of a container's log: "TIME stdout F" */
  bool hyphens;   /* it has the empty fields of RFC 5424 */
  bool ends_well; /* nothing of it is left when the record begins */
};

/* false: a program wrote the line (its name goes to out), or the kernel printed it for another reason. */
static bool
prefix_word (struct prefix *prefix, const char *word, size_t length, char *out, size_t size)
{
  bool first = prefix->words++ == 0, colon = word[length - 1] == ':';
  prefix->ends_well = true;
  if (prefix->bracket || word[0] == '[')
    {
      prefix->bracket = word[length - 1] != ']';
      prefix->host = prefix->begun ? prefix->host : first;
      prefix->begun = true;
      return true;
    }
  if (strncmp (word, "node=", 5) == 0)
    return true;
  if (colon && word[0] == ':')
    return prefix->kernels;
  size_t name = strcspn (word, "[:");
  if (colon && is_auditor (word, name) && (!is_kernel (word, name) || name == length - 1))
    {
      prefix->begun = true;
      prefix->host = false;
      return true;
    }
  if (colon)
    fields_copy (out, size, word, name);
  bool fine = !colon && (!prefix->begun || prefix->host);
  prefix->host = false;
  prefix->ends_well
      = length == 1
        && (word[0] == '-' ? prefix->hyphens : strchr ("FP", word[0]) && prefix->stream && prefix->words == 3);
  prefix->stream
      = prefix->words == 2 && length == 6 && (strncmp (word, "stdout", 6) == 0 || strncmp (word, "stderr", 6) == 0);
  return fine;
}

/* words: text may be left before the record, as the log enricher has "log-enricher". */
static bool
trusted_prefix (const char *text, bool words, char *out, size_t size)
{
  struct prefix prefix = { .kernels = strncmp (text, "kern", 4) == 0, .ends_well = true };
  if (!trusted_fields (text, &prefix.hyphens, out, size))
    return false;
  for (const char *word = text + strspn (text, " "); *word;)
    {
      size_t length = strcspn (word, " ");
      if (!prefix_word (&prefix, word, length, out, size))
        return false;
      word += length;
      word += strspn (word, " ");
    }
  return (prefix.ends_well || words) && !prefix.bracket;
}

/* ---- where it begins ------------------------------------------------------------------------------------------ */

/* Behind what begins a record, of which *out_start is the first byte. NULL: there is none. */
static const char *
find_record (const char *text, const char **out_start)
{
  const char *at = strstr (text, "type=");
  if (at && (at == text || at[-1] == ' '))
    {
      const char *type = at + 5;
      *out_start = at;
      if (strncmp (type, TYPE " ", 5) == 0)
        return type + 5;
      return strncmp (type, "SECCOMP ", 8) == 0 ? type + 8 : NULL;
    }
  /* the journal's own listener */
  static const char *const heads[] = { "SECCOMP auid=", "<audit-" TYPE "> " };
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    if ((at = strstr (text, heads[i])) && (at == text || (at - text > 1 && strncmp (at - 2, ": ", 2) == 0)))
      {
        *out_start = at;
        return strchr (at, ' ') + 1;
      }
  return NULL;
}

/* "msg=audit(1594067860.484:14536): ", with a date in place of the seconds where it is interpreted. */
static const char *
read_stamp (const char *body, struct audit_call *out)
{
  const char *at = strncmp (body, "msg=", 4) == 0 ? body + 4 : body;
  if (strncmp (at, "audit(", 6) != 0)
    return body;
  const char *end = strchr (at, ')');
  if (!end)
    return body;
  fields_copy (out->stamp, sizeof out->stamp, at + 6, (size_t)(end - at - 6));
  out->seconds = strchr (out->stamp, '/') ? 0 : atoll (out->stamp);
  end++;
  end += strspn (end, " ");
  end += *end == ':';
  return end + strspn (end, " ");
}

static bool
is_loss (const char *text)
{
  return strstr (text, "callbacks suppressed") || strstr (text, "audit: rate limit exceeded")
         || strstr (text, "audit: backlog limit exceeded") || strstr (text, "audit_lost=")
         || strstr (text, "audit: kauditd hold queue overflow");
}

static enum audit_kind
read_text (const char *text, struct audit_call *out)
{
  const char *start = NULL, *enriched = strstr (text, "\"type\"=\"seccomp\"");
  if (enriched && strstr (text, "\"syscallID\"="))
    {
      const char *body = strchr (text, '"');
      auto_free char *prefix = strndup (text, (size_t)(body - text));
      if (!prefix || !trusted_prefix (prefix, true, out->comm, sizeof out->comm))
        return AUDIT_FOREIGN;
      return fields_read_enriched (body, out) < 0 ? AUDIT_DAMAGED : AUDIT_CALL;
    }
  const char *body = find_record (text, &start);
  auto_free char *prefix = strndup (text, start ? (size_t)(start - text) : strlen (text));
  if (!prefix)
    return AUDIT_DAMAGED;
  if (!body)
    return !start && is_loss (text) ? AUDIT_LOST : AUDIT_OTHER;
  if (!trusted_prefix (prefix, false, out->comm, sizeof out->comm))
    return AUDIT_FOREIGN;
  const char *node = strstr (prefix, "node=");
  if (node)
    fields_copy (out->node, sizeof out->node, node + 5, strcspn (node + 5, " "));
  body = read_stamp (body, out);
  return fields_read (body, out) < 0 ? AUDIT_DAMAGED : AUDIT_CALL;
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static const char *
member_text (const struct json_document *document, const char *key)
{
  origin_t node = json_member (document, JSON_ROOT, key);
  return node && document->nodes[node].kind == JSON_STRING ? document->nodes[node].text : NULL;
}

/* The journal writes a message as an array of bytes if not all can be printed. */
static char *
message_of (const struct json_document *document)
{
  static const char *const keys[] = { "MESSAGE", "message", "msg", "log" };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    {
      const char *text = member_text (document, keys[i]);
      if (text)
        return strdup (text);
    }
  origin_t node = json_member (document, JSON_ROOT, "MESSAGE");
  if (!node || document->nodes[node].kind != JSON_ARRAY)
    return NULL;
  char *bytes = calloc (document->nodes[node].count + 1u, 1);
  size_t used = 0;
  if (!bytes)
    return NULL;
  for (origin_t item = document->nodes[node].first; item; item = document->nodes[item].next)
    if (document->nodes[item].kind == JSON_NUMBER && atoi (document->nodes[item].text) > 0)
      bytes[used++] = (char)atoi (document->nodes[item].text);
  return bytes;
}

/* The journal notes by itself which way an entry has come. */
static bool
trusted_entry (const struct json_document *document, struct audit_call *out)
{
  const char *transport = member_text (document, "_TRANSPORT");
  const char *name = member_text (document, "SYSLOG_IDENTIFIER");
  out->vouched = transport && (strcmp (transport, "kernel") == 0 || strcmp (transport, "audit") == 0);
  if (out->vouched || (!transport && !name))
    return true;
  if ((!transport || (strcmp (transport, "syslog") == 0 && name && strcmp (name, "kernel") != 0))
      && is_auditor (name, strlen (name)))
    return true;
  if (name)
    fields_copy (out->comm, sizeof out->comm, name, strlen (name));
  return false;
}

/* An entry of the audit transport has its stamp beside the message. */
static void
stamp_entry (const struct json_document *document, struct audit_call *out)
{
  const char *id = member_text (document, "_AUDIT_ID"), *time = member_text (document, "_SOURCE_REALTIME_TIMESTAMP");
  time = time ? time : member_text (document, "__REALTIME_TIMESTAMP");
  long long microseconds = time ? atoll (time) : 0;
  if (out->stamp[0] || microseconds <= 0)
    return;
  out->seconds = microseconds / 1000000;
  if (id)
    (void)snprintf (out->stamp, sizeof out->stamp, "%lld.%03lld:%.20s", microseconds / 1000000,
                    microseconds / 1000 % 1000, id);
}

static enum audit_kind
read_json (const char *text, size_t size, struct audit_call *out)
{
  struct arena arena;
  struct json_document document;
  struct error error = { 0 };
  enum audit_kind kind = AUDIT_OTHER;
  if (arena_open (&arena, 64ul << 20) < 0)
    return AUDIT_DAMAGED;
  if (json_parse (arena_copy (&arena, text, size), size, "the log", &arena, &document, &error) == 0
      && document.nodes[JSON_ROOT].kind == JSON_OBJECT)
    {
      auto_free char *message = message_of (&document);
      kind = message ? read_text (message, out) : AUDIT_OTHER;
      if (kind != AUDIT_OTHER && kind != AUDIT_FOREIGN && !trusted_entry (&document, out))
        kind = AUDIT_FOREIGN;
      if (kind == AUDIT_CALL)
        stamp_entry (&document, out);
    }
  arena_close (&arena);
  return kind;
}

enum audit_kind
audit_read (const char *line, size_t size, struct audit_call *out)
{
  memset (out, 0, sizeof *out);
  auto_free char *text = calloc (size + 3, 1);
  if (!text)
    return AUDIT_DAMAGED;
  memcpy (text + 1, line, size);
  for (size_t i = 1; i <= size; i++) /* text after a NUL must not be hidden */
    text[i] = text[i] ? text[i] : ' ';
  char *at = text + 1;
  at += *at == 0x1e; /* a record's beginning in journalctl -o json-seq */
  at += strncmp (at, "data: ", 6) == 0 ? 6 : 0;
  size_t length = strlen (at);
  while (length && strchr ("\r\n ", at[length - 1]))
    at[--length] = '\0';
  if (*at == '{')
    return read_json (at, length, out);
  char *pretty = at + strspn (at, " \t");
  if (strncmp (pretty, "\"MESSAGE\" :", 11) == 0) /* of -o json-pretty: one member a line */
    {
      length = strlen (pretty);
      length -= pretty[length - 1] == ',';
      pretty[-1] = '{';
      pretty[length] = '}';
      return read_json (pretty - 1, length + 2, out);
    }
  return read_text (strncmp (at, "MESSAGE=", 8) == 0 ? at + 8 : at, out);
}
