/*
 * From a record's text to its fields. What the program chose (comm, exe) comes before what the kernel adds (sig, arch,
 * syscall, code): the kernel quotes it or writes it as hexadecimal digits, but ausearch -i prints it bare, so that a
 * program may be called "x syscall=59 code=allow". The kernel's fields are therefore looked for behind the last "sig=",
 * and the process's number before the first "comm=".
 */
#include "fields.h"

#include <ctype.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/calls.h"
#include "husk/descriptor.h"

#define ENRICHED 0x1d /* separates what auditd adds */

void
fields_copy (char *out, size_t size, const char *text, size_t length)
{
  length = length < size ? length : size - 1;
  memcpy (out, text, length);
  out[length] = '\0';
}

/* The text after "KEY=" at the start of the text or of a word; NULL: there is none. */
static const char *
find_field (const char *text, const char *key)
{
  size_t length = strlen (key);
  for (const char *at = text; (at = strstr (at, key)); at += length)
    if (at[length] == '=' && (at == text || at[-1] == ' '))
      return at + length + 1;
  return NULL;
}

static const char *
find_last_field (const char *text, const char *key)
{
  const char *last = NULL;
  for (const char *at = text; (at = find_field (at, key));)
    last = at;
  return last;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

static int
digit_of (char letter)
{
  return letter >= '0' && letter <= '9'   ? letter - '0'
         : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
         : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                          : -1;
}

/* Decodes the digits that the kernel writes for a name with blanks or quotes. false: it is not in that form. */
static bool
decode_digits (const char *text, size_t length, char *out, size_t size)
{
  size_t used = 0;
  if (length < 2 || length % 2)
    return false;
  for (size_t i = 0; i < length; i++)
    if (digit_of (text[i]) < 0)
      return false;
  for (size_t i = 0; i < length && used + 1 < size; i += 2)
    {
      char byte = (char)(digit_of (text[i]) << 4 | digit_of (text[i + 1]));
      if (byte)
        out[used++] = byte;
    }
  out[used] = '\0';
  return true;
}

/* A value up to end: quoted, digits, or bare. Returns where it ends. */
static const char *
read_name (const char *text, const char *end, bool interpreted, char *out, size_t size)
{
  if (*text == '"')
    {
      const char *quote = memchr (text + 1, '"', (size_t)(end - text - 1));
      quote = quote ? quote : end;
      fields_copy (out, size, text + 1, (size_t)(quote - text - 1));
      return quote;
    }
  const char *blank = interpreted ? NULL : memchr (text, ' ', (size_t)(end - text));
  const char *stop = blank ? blank : end;
  if (strncmp (text, "(null)", 6) == 0)
    out[0] = '\0';
  else if (interpreted || !decode_digits (text, (size_t)(stop - text), out, size))
    fields_copy (out, size, text, (size_t)(stop - text));
  return stop;
}

/* comm and exe are the last fields of head, and either may be missing. */
static void
read_names (const char *head, bool interpreted, struct audit_call *out)
{
  const char *end = head + strlen (head), *comm = find_field (head, "comm"), *exe;
  while (end > head && end[-1] == ' ')
    end--;
  if (!comm)
    exe = find_field (head, "exe");
  else if (interpreted && *comm != '"')
    {
      exe = find_last_field (comm, "exe");
      (void)read_name (comm, exe ? exe - strlen (" exe=") : end, true, out->comm, sizeof out->comm);
    }
  else
    exe = find_field (read_name (comm, end, false, out->comm, sizeof out->comm), "exe");
  if (exe)
    (void)read_name (exe, end, interpreted, out->exe, sizeof out->exe);
}

/* ---- the kernel's fields -------------------------------------------------------------------------------------- */

/* Digits, or a name as ausearch and others print it. */
static int
read_arch (const char *text, uint32_t *out)
{
  static const char *const others[][2]
      = { { "i386", "x86" },      { "i486", "x86" },  { "i586", "x86" },     { "i686", "x86" },
          { "arm64", "aarch64" }, { "armeb", "arm" }, { "amd64", "x86_64" }, { "parisc32", "parisc" } };
  char name[32], *end;
  struct error error = { 0 };
  size_t length = strcspn (text, " ");
  if (length == 0 || length >= sizeof name)
    return -1;
  fields_copy (name, sizeof name, text, length);
  unsigned long long number = strtoull (name, &end, 16);
  if (!*end && number <= UINT32_MAX && strcmp (name, "b32") != 0 && strcmp (name, "b64") != 0)
    {
      *out = (uint32_t)number;
      return 0;
    }
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcmp (others[i][0], name) == 0)
      fields_copy (name, sizeof name, others[i][1], strlen (others[i][1]));
  const struct arch *arch = arch_find (name, &error);
  if (arch)
    *out = arch->audit;
  return arch ? 0 : -1;
}

/* A number, a name, or "unknown-syscall(600)". */
static int
read_number (const char *text, uint32_t audit, int32_t *out)
{
  char name[64], *end;
  struct seccomp_data data = { .arch = audit };
  const char *unknown = strncmp (text, "unknown", 7) == 0 ? strchr (text, '(') : NULL;
  fields_copy (name, sizeof name, text, strcspn (text, " "));
  long number = strtol (unknown ? unknown + 1 : name, &end, 10);
  if (end != name && (*end == '\0' || (unknown && *end == ')')) && number >= INT32_MIN && number <= UINT32_MAX)
    {
      *out = (int32_t)(uint32_t)number;
      return 0;
    }
  const struct arch *arch = arch_of_data (&data);
  const struct multiplexed_call *call = multiplexed_of_name (name);
  int named = arch ? call_number (arch, name) : -1;
  if (named < 0 && arch && call)
    named = multiplexed_number (call, arch) > 0 ? multiplexed_number (call, arch) : -1;
  *out = named;
  return named >= 0 ? 0 : -1;
}

/* 0x7ffc0000, which auditd's additions may follow at once ("0x0ARCH=x86_64": the kernel has small letters only), or
 * the word of ausearch. */
static bool
read_code (const char *text, uint32_t *out)
{
  static const struct
  {
    const char *word;
    uint32_t action;
  } words[] = { { "allow", SECCOMP_RET_ALLOW },
                { "log", SECCOMP_RET_LOG },
                { "trace", SECCOMP_RET_TRACE },
                { "user-notif", SECCOMP_RET_USER_NOTIF },
                { "errno", SECCOMP_RET_ERRNO },
                { "trap", SECCOMP_RET_TRAP },
                { "kill", SECCOMP_RET_KILL_THREAD },
                { "kill-thread", SECCOMP_RET_KILL_THREAD },
                { "kill-process", SECCOMP_RET_KILL_PROCESS } };
  char word[24], *end;
  fields_copy (word, sizeof word, text, strspn (text, "0123456789abcdefghijklmnopqrstuvwxyz-_"));
  for (char *letter = word; *letter; letter++)
    *letter = *letter == '_' ? '-' : *letter;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp (words[i].word, word) == 0)
      {
        *out = words[i].action;
        return true;
      }
  unsigned long long number = strtoull (word, &end, 16);
  *out = (uint32_t)number & SECCOMP_RET_ACTION_FULL;
  return end != word && !*end && number <= UINT32_MAX && strncmp (word, "0x", 2) == 0;
}

/* 0: it is not one. */
static pid_t
read_pid (const char *text)
{
  long number = strtol (text, NULL, 10);
  return number > 0 && number <= INT32_MAX ? (pid_t)number : 0;
}

static int
read_signal (const char *text)
{
  return strncmp (text, "SIGSYS", 6) == 0 ? 31 : (int)strtol (text, NULL, 10);
}

int
fields_read (const char *body, struct audit_call *out)
{
  auto_free char *copy = strdup (body);
  if (!copy)
    return -1;
  char *enriched = strchr (copy, ENRICHED);
  if (enriched)
    *enriched = '\0';
  /* the kernel's own fields begin here; older lines may lack the signal */
  const char *tail = find_last_field (copy, "sig");
  tail = tail ? tail - strlen ("sig=") : NULL;
  const char *arch = tail ? find_field (tail, "arch") : find_last_field (copy, "arch");
  if (!tail && arch)
    tail = arch - strlen ("arch=");
  const char *number = tail ? find_field (tail, "syscall") : NULL, *code = tail ? find_field (tail, "code") : NULL;
  const char *signal = tail ? find_field (tail, "sig") : NULL;
  if (!arch || !number || read_arch (arch, &out->arch) < 0 || read_number (number, out->arch, &out->number) < 0)
    return -1;
  out->has_code = code && read_code (code, &out->code);
  out->signal = signal ? read_signal (signal) : 0;
  bool interpreted = digit_of (arch[0]) < 0 || strspn (arch, "0123456789abcdef") < strcspn (arch, " ");
  copy[tail - copy] = '\0';
  const char *pid = find_field (copy, "pid"), *comm = find_field (copy, "comm");
  out->pid = pid && (!comm || pid < comm) ? read_pid (pid) : 0;
  read_names (copy, interpreted, out);
  return 0;
}

/* ---- the log enricher's lines --------------------------------------------------------------------------------- */

/* "key"="value" or "key"=number. */
static bool
read_pair (const char *body, const char *key, char *out, size_t size)
{
  char quoted[40];
  (void)snprintf (quoted, sizeof quoted, "\"%s\"=", key);
  const char *at = strstr (body, quoted);
  out[0] = '\0';
  if (!at || (at != body && at[-1] != ' '))
    return false;
  at += strlen (quoted);
  bool quote = *at == '"';
  at += quote;
  fields_copy (out, size, at, strcspn (at, quote ? "\"" : " "));
  return true;
}

int
fields_read_enriched (const char *body, struct audit_call *out)
{
  char text[64];
  const struct arch *arch = arch_native ();
  (void)read_pair (body, "executable", out->exe, sizeof out->exe);
  (void)read_pair (body, "node", out->node, sizeof out->node);
  (void)read_pair (body, "namespace", out->name_space, sizeof out->name_space);
  (void)read_pair (body, "pod", out->pod, sizeof out->pod);
  (void)read_pair (body, "container", out->container, sizeof out->container);
  (void)read_pair (body, "timestamp", out->stamp, sizeof out->stamp);
  out->seconds = atoll (out->stamp);
  out->pid = read_pair (body, "pid", text, sizeof text) ? read_pid (text) : 0;
  /* the line has no architecture: most programs on a node are native */
  out->arch = arch->audit;
  if (read_pair (body, "syscallName", text, sizeof text) && (out->number = call_number (arch, text)) >= 0)
    return 0;
  char *end;
  if (!read_pair (body, "syscallID", text, sizeof text) || !isdigit ((unsigned char)text[0]))
    return -1;
  unsigned long number = strtoul (text, &end, 10); /* of too many digits: ULONG_MAX */
  out->number = (int32_t)number;
  return *end || number > INT32_MAX ? -1 : 0;
}
