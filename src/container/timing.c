/*
 * Reports --timing: husk's stages, one after the other, and husk-init's steps by their kind, which run at the same time
 * as some of them. run.c, create.c and exec.c call it once, as their last act before an error is reported. A
 * container's processes may have written to the page, so all of it is checked.
 */
#include "timing.h"

#include <stdio.h>

#include "husk/json.h"
#include "husk/log.h"
#include "husk/plan.h"
#include "husk/stage.h"

struct row
{
  const char *process, *word, *text;
  uint64_t begin, spent; /* microseconds; begin: since husk's */
  unsigned count;        /* of steps */
  bool apart;            /* the program's: not part of the total */
};

struct timing
{
  struct row rows[STAGE_COUNT + 1 + STEP_KIND_COUNT];
  uint32_t count;
  uint64_t total;    /* of husk, without the program */
  uint64_t executed; /* when husk-init was seen to have executed the program */
  uint64_t latest;   /* when it ended at the latest */
};

static void
add_row (struct timing *timing, struct row row)
{
  timing->rows[timing->count++] = row;
}

/* In the order in which they began: exec writes its pid file when the program runs already. */
static void
insert_row (struct timing *timing, struct row row)
{
  uint32_t at = timing->count++;
  for (; at > 0 && timing->rows[at - 1].begin > row.begin; at--)
    timing->rows[at] = timing->rows[at - 1];
  timing->rows[at] = row;
}

static void
add_stages (struct timing *timing)
{
  uint64_t first = stage_time (STAGE_BEGIN).begin;
  for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
    {
      struct stage_time time = stage_time (stage);
      bool program = stage == STAGE_PROGRAM;
      if (!time.begin)
        continue;
      insert_row (timing, (struct row){ .process = "husk",
                                        .word = stage_word (stage),
                                        .text = stage_text (stage),
                                        .begin = time.begin - first,
                                        .spent = time.spent,
                                        .apart = program });
      timing->total += program ? 0 : time.spent;
      uint64_t end = time.begin + time.spent - first;
      if (stage <= STAGE_EXEC && end > timing->executed)
        timing->executed = end;
      if ((stage < STAGE_PROGRAM || stage == STAGE_FAILURE) && end > timing->latest)
        timing->latest = end;
    }
}

/* When a step began, since husk's beginning. husk-init has another clock if it is in a time namespace: then its first
 * step is taken to begin when its process was made. */
static uint64_t
step_begin (const struct timing *timing, const struct page *page, uint32_t index)
{
  uint64_t first = stage_time (STAGE_BEGIN).begin, made = stage_time (STAGE_CLONE).begin - first;
  uint32_t earliest = page->step_times[0] - (uint32_t)first;
  bool same = earliest >= made && earliest <= timing->latest;
  return same ? (uint32_t)(page->step_times[index] - (uint32_t)first)
              : made + (uint32_t)(page->step_times[index] - page->step_times[0]);
}

/* The steps of one kind are one row. */
static struct row *
row_of (struct timing *timing, uint32_t first, uint16_t kind)
{
  for (uint32_t i = first; i < timing->count; i++)
    if (timing->rows[i].word == step_word (kind))
      return &timing->rows[i];
  add_row (timing, (struct row){ .process = "husk-init", .word = step_word (kind), .text = step_text (kind) });
  return &timing->rows[timing->count - 1];
}

/* Up to WAIT, which waits for `start`. After the filter no times are known (init/run.c). */
static uint32_t
count_steps (const struct page *page)
{
  uint32_t count = page->step < PAGE_STEPS ? page->step : PAGE_STEPS, i = 0;
  while (i < count && page->step_times[i] && page->kinds[i] >= 1 && page->kinds[i] <= STEP_KIND_COUNT
         && page->kinds[i] - 1 != STEP_WAIT)
    i++;
  return i;
}

static void
add_steps (struct timing *timing, const struct page *page)
{
  uint32_t count = count_steps (page), first = timing->count;
  uint64_t made = stage_time (STAGE_CLONE).begin - stage_time (STAGE_BEGIN).begin;
  if (!stage_time (STAGE_CLONE).begin || count == 0)
    return;
  add_row (timing, (struct row){ .process = "husk-init",
                                 .word = "clone",
                                 .text = "from the clone to its first step",
                                 .begin = made,
                                 .spent = step_begin (timing, page, 0) - made });
  for (uint32_t i = 0; i < count; i++)
    {
      struct row *row = row_of (timing, first + 1, (uint16_t)(page->kinds[i] - 1));
      uint64_t begin = step_begin (timing, page, i);
      bool known = i + 1 < PAGE_STEPS && i + 1 < page->step && page->step_times[i + 1];
      uint64_t end = known ? step_begin (timing, page, i + 1) : timing->executed;
      row->begin = row->count++ ? row->begin : begin;
      row->spent += end > begin ? end - begin : 0;
      if (page->kinds[i] - 1 == STEP_SECCOMP && !known)
        row->text = "load the filter and execute the program";
    }
}

/* In hundredths of a percent. */
static unsigned
share_of (const struct timing *timing, const struct row *row)
{
  return timing->total && !row->apart ? (unsigned)(row->spent * 10000 / timing->total) : 0;
}

static void
write_json (const struct timing *timing)
{
  struct json_writer writer;
  if (json_write_open (&writer, false) < 0)
    return;
  json_write_object (&writer, NULL);
  json_write_uint (&writer, "microseconds", timing->total);
  json_write_array (&writer, "steps");
  for (uint32_t i = 0; i < timing->count; i++)
    {
      const struct row *row = &timing->rows[i];
      json_write_object (&writer, NULL);
      json_write_string (&writer, "process", row->process);
      json_write_string (&writer, "step", row->word);
      json_write_string (&writer, "text", row->text);
      if (row->count)
        json_write_uint (&writer, "count", row->count);
      json_write_uint (&writer, "begin", row->begin);
      json_write_uint (&writer, "microseconds", row->spent);
      if (!row->apart)
        json_write_decimal (&writer, "percent", share_of (timing, row) / 100.0);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  if (!writer.failed)
    log_report_json ("timing", json_write_text (&writer, NULL));
  json_write_close (&writer);
}

static void
write_lines (const struct timing *timing)
{
  char percent[16];
  log_report_line ("timing: process    step                from ms        ms   share");
  for (uint32_t i = 0; i < timing->count; i++)
    {
      const struct row *row = &timing->rows[i];
      unsigned part = share_of (timing, row);
      char times[24] = "";
      if (row->count > 1)
        (void)snprintf (times, sizeof times, " (%u times)", row->count);
      (void)snprintf (percent, sizeof percent, row->apart ? "-" : "%u.%u%%", part / 100, part / 10 % 10);
      log_report_line ("timing: %-9s  %-17s %5u.%03u %5u.%03u %7s  %s%s", row->process, row->word,
                       (unsigned)(row->begin / 1000), (unsigned)(row->begin % 1000), (unsigned)(row->spent / 1000),
                       (unsigned)(row->spent % 1000), percent, row->text, times);
    }
  log_report_line ("timing: husk took %u.%03u ms beside the program; husk-init's steps are part of its stages from "
                   "clone to exec",
                   (unsigned)(timing->total / 1000), (unsigned)(timing->total % 1000));
}

void
timing_report (const struct page *page)
{
  struct timing timing = { .count = 0 };
  if (!stage_timing)
    return;
  add_stages (&timing);
  if (page)
    {
      struct page copy = *page; /* it may change meanwhile */
      add_steps (&timing, &copy);
    }
  if (log_report_is_json ())
    write_json (&timing);
  else
    write_lines (&timing);
}
