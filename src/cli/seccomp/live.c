/*
 * husk seccomp dump and explain with --pid or --container: what the filters of a running process are, and what they
 * return. diff.c has the comparison. A loaded program has no rules, so with several filters a verdict is followed
 * by the filter that returned it, not by a place. Each architecture that the kernel runs has its own answer.
 */
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli.h"
#include "husk/descriptor.h"
#include "husk/text.h"
#include "profile.h"

int
live_read (const struct live_process *live, struct arena *arena, struct loaded_filters *out, struct error *error)
{
  pid_t pid = 0;
  char *end;
  if (live->option == 'I')
    {
      auto_close int pidfd = container_pid (cli_seccomp_globals, live->text, &pid, error);
      if (pidfd < 0)
        return -1;
      int result = loaded_read (pid, arena, out, error);
      /* if it has ended, what was read may be of another process with the same number */
      if (syscall (SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0)
        return result;
      *error = (struct error){ 0 };
      return error_set (error, 0, "process %d has just ended", (int)pid);
    }
  errno = 0;
  long number = strtol (live->text, &end, 10);
  if (errno || end == live->text || *end || number <= 0 || number > INT32_MAX)
    return error_set (error, 0, "--pid \"%.40s\" is not a process id", live->text);
  return loaded_read ((pid_t)number, arena, out, error);
}

static int
open_live (const struct live_process *live, struct arena *arena, struct loaded_filters *out, struct error *error)
{
  if (arena_open (arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  return live_read (live, arena, out, error);
}

/* Prints the thread, its architecture, how many filters it has, and whether other threads differ. */
static void
print_head (const struct loaded_filters *loaded, struct arena *arena)
{
  (void)text_line (stdout, "%s%s%s: %u filter%s%s", loaded_text (loaded, arena), loaded->arch ? ", " : "",
                   loaded->arch ? loaded->arch : "", loaded->count, loaded->count == 1 ? "" : "s",
                   loaded->count == 1 ? "" : ", the newest first");
  if (loaded->unlike)
    (void)text_line (stdout, "%u of its %u threads have a different number of filters, for example %d", loaded->unlike,
                     loaded->threads, (int)loaded->unlike_thread);
}

static void
write_head (struct json_writer *writer, const struct loaded_filters *loaded)
{
  json_write_int (writer, "pid", loaded->process);
  json_write_int (writer, "thread", loaded->thread);
  json_write_string (writer, "name", loaded->name);
  json_write_string (writer, "architecture", loaded->arch);
  json_write_uint (writer, "threads", loaded->threads);
  json_write_uint (writer, "threadsUnlike", loaded->unlike);
}

/* ---- dump ----------------------------------------------------------------------------------------------------- */

static int
dump_json (const struct loaded_filters *loaded)
{
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return 1;
  json_write_object (&writer, NULL);
  write_head (&writer, loaded);
  json_write_array (&writer, "filters");
  for (uint32_t i = 0; i < loaded->count; i++)
    {
      json_write_object (&writer, NULL);
      json_write_bool (&writer, "log", (loaded->filters[i].flags & SECCOMP_FILTER_FLAG_LOG) != 0);
      cli_write_program (&writer, "instructions", &loaded->filters[i]);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return cli_print_json (&writer);
}

int
live_dump (const struct live_process *live, bool json)
{
  struct error error = { 0 };
  struct arena arena;
  struct loaded_filters loaded;
  if (open_live (live, &arena, &loaded, &error) < 0)
    return cli_fail (&error);
  if (json)
    return dump_json (&loaded);
  print_head (&loaded, &arena);
  for (uint32_t i = 0; i < loaded.count; i++)
    {
      (void)printf ("\nfilter %u: %u instructions%s\n", i + 1, loaded.filters[i].length,
                    loaded.filters[i].flags & SECCOMP_FILTER_FLAG_LOG ? ", logs what it denies" : "");
      filter_print (&loaded.filters[i], stdout);
    }
  return 0;
}

/* ---- explain a call ------------------------------------------------------------------------------------------- */

/* A call on one architecture. */
struct call_query
{
  const struct arch *arch;
  int number;
  const char *name;
  struct seccomp_data data;
  uint32_t verdict, by;
};

static void
print_filter_verdict (const struct loaded_filters *loaded, const struct call_query *asked)
{
  char verdict[96], by[32] = "";
  verdict_text (asked->verdict, verdict);
  if (loaded->count > 1 && asked->verdict != SECCOMP_RET_ALLOW)
    (void)snprintf (by, sizeof by, ", by filter %u", asked->by + 1);
  (void)text_line (stdout, "%s (%d) on %s: %s%s", asked->name, asked->number, asked->arch->name, verdict, by);
  for (uint32_t i = 0; i < loaded->count && loaded->count > 1; i++)
    {
      struct loaded_filters one = { .filters = &loaded->filters[i], .count = 1 };
      verdict_text (loaded_verdict (&one, &asked->data, NULL), verdict);
      (void)text_line (stdout, "    filter %u: %s", i + 1, verdict);
    }
}

static void
write_filter_verdict (struct json_writer *writer, const struct loaded_filters *loaded, const struct call_query *asked)
{
  char verdict[96];
  verdict_text (asked->verdict, verdict);
  json_write_object (writer, NULL);
  json_write_string (writer, "syscall", asked->name);
  json_write_int (writer, "number", asked->number);
  json_write_string (writer, "architecture", asked->arch->name);
  json_write_string (writer, "verdict", verdict);
  json_write_uint (writer, "filter", asked->by + 1);
  json_write_array (writer, "filters");
  for (uint32_t i = 0; i < loaded->count; i++)
    {
      struct loaded_filters one = { .filters = &loaded->filters[i], .count = 1 };
      verdict_text (loaded_verdict (&one, &asked->data, NULL), verdict);
      json_write_string (writer, NULL, verdict);
    }
  json_write_array_end (writer);
  json_write_object_end (writer);
}

/* Of the call on each architecture that is asked about and has it. 0, or -1: none has. */
static int
query_call (const struct loaded_filters *loaded, const struct seccomp_call *call, struct arena *arena,
            struct call_query asked[4], uint32_t *out_count, struct error *error)
{
  const struct arch *arch = call->arch ? arch_find (call->arch, error) : loaded_arch (0);
  struct error first = { 0 };
  *out_count = 0;
  for (uint32_t i = 0; arch && i < 4; arch = call->arch ? NULL : loaded_arch (++i))
    {
      struct error why = { 0 };
      struct call_query *next = &asked[*out_count];
      next->arch = arch;
      if (profile_find_number (&next->arch, call->name, &next->number, &why) < 0)
        {
          first = first.set ? first : why;
          continue;
        }
      if (*out_count && next->arch == asked[*out_count - 1].arch)
        continue; /* a number of x32's */
      next->data = arch_call (next->arch, next->number, call->arguments);
      auto_free char *name = call_name (next->arch, next->number);
      next->name = arena_string (arena, name ? name : call->name);
      next->verdict = loaded_verdict (loaded, &next->data, &next->by);
      ++*out_count;
    }
  if (*out_count == 0 && !error->set)
    *error = first;
  return *out_count ? 0 : -1;
}

int
live_explain (const struct live_process *live, const struct seccomp_call *call, bool json)
{
  struct error error = { 0 };
  struct json_writer writer;
  struct arena arena;
  struct loaded_filters loaded;
  struct call_query asked[4];
  uint32_t count;
  if (open_live (live, &arena, &loaded, &error) < 0 || query_call (&loaded, call, &arena, asked, &count, &error) < 0)
    return cli_fail (&error);
  if (!json)
    {
      print_head (&loaded, &arena);
      for (uint32_t i = 0; i < count; i++)
        print_filter_verdict (&loaded, &asked[i]);
      return 0;
    }
  if (json_write_open (&writer, true) < 0)
    return 1;
  json_write_object (&writer, NULL);
  write_head (&writer, &loaded);
  json_write_array (&writer, "syscalls");
  for (uint32_t i = 0; i < count; i++)
    write_filter_verdict (&writer, &loaded, &asked[i]);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return cli_print_json (&writer);
}

/* ---- explain all of them -------------------------------------------------------------------------------------- */

/* The calls that get the same as a row. Of numbers without a name, those that get what is usual are not listed. */
static void
print_alike (const struct loaded_table *table, const char *text, struct arena *arena)
{
  struct cli_words words = { .indent = 4 };
  const bool usual = strcmp (table->rows[table->usual].text, text) == 0;
  (void)text_line (stdout, "%s", text);
  for (uint32_t i = 0; i < table->count; i++)
    {
      const struct loaded_row *row = &table->rows[i];
      if ((row->named || !usual) && strcmp (row->text, text) == 0)
        cli_word (&words, row->named ? arena_format (arena, "%s (%d)", row->name, row->number) : row->name);
    }
  if (usual)
    cli_word (&words, "all other numbers");
  cli_words_end (&words);
}

static void
print_table (const struct loaded_table *table, struct arena *arena)
{
  for (uint32_t i = 0; i < table->count; i++)
    {
      uint32_t before = 0;
      while (before < i && strcmp (table->rows[before].text, table->rows[i].text) != 0)
        before++;
      if (before < i)
        continue;
      (void)putchar ('\n');
      print_alike (table, table->rows[i].text, arena);
    }
  if (table->incomplete)
    (void)text_line (stdout,
                     "\nnot all numbers could be tried: a filter calculates with the number, or asks for too many");
}

static void
write_table (struct json_writer *writer, const struct arch *arch, const struct loaded_table *table)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "architecture", arch->name);
  json_write_bool (writer, "complete", !table->incomplete);
  json_write_array (writer, "syscalls");
  for (uint32_t i = 0; i < table->count; i++)
    {
      const struct loaded_row *row = &table->rows[i];
      json_write_object (writer, NULL);
      json_write_string (writer, "syscall", row->name);
      json_write_int (writer, "number", row->number);
      if (row->last != row->number)
        json_write_int (writer, "last", row->last);
      json_write_array (writer, "verdicts");
      for (uint32_t v = 0; v < row->answer.count; v++)
        {
          char verdict[96];
          verdict_text (row->answer.verdicts[v], verdict);
          json_write_string (writer, NULL, verdict);
        }
      json_write_array_end (writer);
      json_write_bool (writer, "complete", !row->answer.unsure);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
  json_write_object_end (writer);
}

int
live_explain_all (const struct live_process *live, const char *arch_name, bool json)
{
  struct error error = { 0 };
  struct json_writer writer;
  struct arena arena;
  struct loaded_filters loaded;
  struct loaded_table table;
  const struct arch *arch = arch_name ? arch_find (arch_name, &error) : loaded_arch (0);
  if (!arch || open_live (live, &arena, &loaded, &error) < 0)
    return cli_fail (&error);
  if (json && json_write_open (&writer, true) < 0)
    return 1;
  if (json)
    {
      json_write_object (&writer, NULL);
      write_head (&writer, &loaded);
      json_write_array (&writer, "architectures");
    }
  else
    print_head (&loaded, &arena);
  for (uint32_t i = 0; arch; arch = arch_name ? NULL : loaded_arch (++i))
    {
      loaded_tabulate (&loaded, arch, &arena, &table);
      if (json)
        write_table (&writer, arch, &table);
      else
        {
          (void)printf ("\n%s\n", arch->name);
          print_table (&table, &arena);
        }
    }
  if (json)
    {
      json_write_array_end (&writer);
      json_write_object_end (&writer);
      return cli_print_json (&writer);
    }
  return 0;
}
