/*
 * The parts of the page of `husk seccomp report`. Markup is constant; every text that is not goes through page_add's $,
 * which escapes it. Ids are made of names of system calls and of numbers only.
 */
#include <stdlib.h>
#include <string.h>

#include "husk/calls.h"
#include "page.h"
#include "report.h"

extern const char page_head[];

static const char *
state_of (const struct report_call *call)
{
  return !call->runs ? "no" : call->refuses ? "some" : "yes";
}

static void
add_verdict (struct page *page, uint32_t verdict)
{
  char text[96];
  verdict_text (verdict, text);
  page_add (page, "<b class=\"$\">$</b>",
            !verdict_runs (verdict)       ? "no"
            : strcmp (text, "ALLOW") == 0 ? "yes"
                                          : "some",
            text);
}

static void
add_link (struct page *page, const char *name)
{
  page_add (page, "<a href=\"#call-$\">$</a>", name, name);
}

/* Links to the calls for which the test holds, or "none". */
static void
add_links (struct page *page, const struct profile_page *report, bool (*test) (const struct report_call *))
{
  const char *before = "";
  for (uint32_t i = 0; i < report->count; i++)
    if (test (&report->calls[i]))
      {
        page_add (page, before);
        add_link (page, report->calls[i].name);
        before = ", ";
      }
  page_add (page, *before ? "" : "none");
}

static void
add_lines (struct page *page, const struct report_lines *lines)
{
  for (uint32_t i = 0; i < lines->count; i++)
    page_add (page, i ? ", <code>$</code>" : "<code>$</code>", lines->items[i].text);
  page_add (page, lines->others ? " and others" : "");
}

/* "line 279, /syscalls/0": where the rule for an outcome is. */
static const char *
place_text (const struct profile_page *report, const struct seccomp_outcome *outcome)
{
  const struct profile *profile = report->profile;
  const struct json_document *document = &profile->document;
  origin_t node = outcome->rule ? outcome->rule->node : profile->seccomp->default_action.node;
  uint32_t line, column;
  char pointer[128];
  struct error place = { .origin = node };
  if (!outcome->rule
      && outcome->verdict != action_word (&profile->seccomp->default_action, &profile->seccomp->default_errno_ret))
    return "newer than the profile";
  json_place (document, &place);
  if (document->grafts) /* the rule may be in another file */
    return arena_string (report->arena, place.place);
  json_position (document, node, &line, &column);
  json_pointer (document, node, pointer, sizeof pointer);
  return arena_format (report->arena, "line %u, %s", line, pointer);
}

/* ---- the top ----------------------------------------------------------------------------------------------------- */

static void
add_contents (struct page *page, const struct profile_page *report)
{
  page_add (page, "<nav aria-label=\"Contents\"><ul>\n");
  if (report->denials)
    page_add (page, "<li><a href=\"#denials\">Denials</a>\n");
  if (report->recording)
    page_add (page, "<li><a href=\"#recording\">Recording</a>\n");
  page_add (page,
            "<li><a href=\"#risks\">Allowed calls that deserve a look</a>\n"
            "<li><a href=\"#differences\">Differences from $</a>\n"
            "<li><a href=\"#calls\">All system calls</a>\n</ul></nav>\n"
            "<label hidden>Search the tables: <input type=\"search\" autocomplete=\"off\">"
            "<output aria-live=\"polite\"></output></label>\n<main>\n",
            report->base->document.name);
}

static void
add_top (struct page *page, const struct profile_page *report)
{
  const struct spec_seccomp *profile = report->profile->seccomp;
  const char *name = report->profile->document.name;
  uint32_t counts[3] = { 0 };
  for (uint32_t i = 0; i < report->count; i++)
    counts[!report->calls[i].runs ? 2 : report->calls[i].refuses]++;
  page_add (page, page_head);
  page_add (page,
            "<title>$: seccomp profile</title>\n</head>\n<body>\n<h1>Seccomp profile $</h1>\n<p>Of $ system calls on ",
            name, name, page_number (page, report->count));
  for (uint32_t i = 0; i < report->arch_count; i++)
    page_add (page, i ? ", $" : "$", report->archs[i]);
  page_add (page, ": <b class=\"yes\">$ allowed</b>", page_number (page, counts[0]));
  page_add (page, counts[1] ? ", <b class=\"some\">$ allowed depending on arguments or architecture</b>" : "",
            page_number (page, counts[1]));
  page_add (page, ", <b class=\"no\">$ refused</b>. The default action is ", page_number (page, counts[2]));
  add_verdict (page, action_word (&profile->default_action, &profile->default_errno_ret));
  page_add (page,
            report->profile->filter.ages ? "; calls that are newer than the profile get ENOSYS.</p>\n" : ".</p>\n");
  if (report->profile->unapplied)
    page_add (page, "<p><b class=\"no\">But the profile is not applied</b>: $.</p>\n", report->profile->unapplied);
  add_contents (page, report);
}

/* ---- what a run has left ----------------------------------------------------------------------------------------- */

static uint64_t
line_times (const struct report_line *line)
{
  return line->counted ? line->counted : line->seen;
}

static int
compare_lines (const void *a, const void *b)
{
  const struct report_line *one = a, *two = b;
  uint64_t first = line_times (one), second = line_times (two);
  return first != second ? (first < second ? 1 : -1) : strcmp (one->text, two->text);
}

/* A denial begins with its call: "mount(...) by sh on x86_64: ...". */
static void
add_denial (struct page *page, const struct profile_page *report, const struct report_line *line)
{
  char *name = arena_copy (page->arena, line->text, strcspn (line->text, "("));
  page_add (page, "<tr><td class=n>$<td>", page_number (page, line_times (line)));
  if (report_call_of (report, name))
    add_link (page, name);
  page_add (page, "<td class=m>$\n", line->text);
}

static void
add_denials (struct page *page, struct profile_page *report)
{
  struct report_lines *lines = &report->denied;
  page_add (page, "<section>\n<h2 id=denials>Denials</h2>\n<p>What $ has of a run.</p>\n", report->denials);
  if (!lines->count)
    page_add (page, "<p>Nothing was denied.</p>\n");
  else
    {
      qsort (lines->items, lines->count, sizeof *lines->items, compare_lines);
      page_add (page, "<table><thead><tr><th class=n>Times<th>System call<th>Denial\n<tbody>\n");
      for (uint32_t i = 0; i < lines->count; i++)
        add_denial (page, report, &lines->items[i]);
      page_add (page, "</table>\n");
    }
  if (lines->others)
    page_add (page, "<p>There were $ others.</p>\n", page_number (page, lines->others));
  for (uint32_t i = 0; i < report->remarks.count; i++)
    page_add (page, "<p class=m>$</p>\n", report->remarks.items[i].text);
  page_add (page, "</section>\n");
}

static bool
is_missing (const struct report_call *call)
{
  return call->recorded && call->refuses;
}

static bool
is_unused (const struct report_call *call)
{
  return call->runs && !call->recorded;
}

static int
compare_counts (const void *a, const void *b)
{
  const struct report_call *one = a, *two = b;
  return one->count != two->count ? (one->count < two->count ? 1 : -1) : strcmp (one->name, two->name);
}

static void
add_recording (struct page *page, struct profile_page *report)
{
  qsort (report->calls, report->count, sizeof *report->calls, compare_counts);
  page_add (page,
            "<section>\n<h2 id=recording>Recording</h2>\n<p>Recorded in $, but refused by the profile, at least "
            "with some arguments or on some architecture: ",
            report->recording);
  add_links (page, report, is_missing);
  page_add (page, ".</p>\n<details><summary>Allowed by the profile, but not recorded</summary>\n<p>");
  add_links (page, report, is_unused);
  page_add (page, ".</p></details>\n");
  if (report->unknown.count)
    {
      page_add (page, "<p>Recorded, but not a system call of the profile's architectures: ");
      add_lines (page, &report->unknown);
      page_add (page, ".</p>\n");
    }
  if (report->count && report->calls[0].count)
    page_add (page, "<table class=t><thead><tr><th>System call<th class=n>Times\n<tbody>\n");
  for (uint32_t i = 0; i < report->count && report->calls[i].count; i++)
    {
      page_add (page, "<tr><th scope=row>");
      add_link (page, report->calls[i].name);
      page_add (page, "<td class=n>$\n", page_number (page, report->calls[i].count));
    }
  page_add (page, report->count && report->calls[0].count ? "</table>\n</section>\n" : "</section>\n");
}

/* ---- risks and differences --------------------------------------------------------------------------------------- */

static void
add_risks (struct page *page, const struct profile_page *report)
{
  bool any = false;
  page_add (page, "<section>\n<h2 id=risks>Allowed calls that deserve a look</h2>\n");
  for (uint32_t i = 0; i < report->count; i++)
    {
      const struct report_call *call = &report->calls[i];
      const char *risk = call->runs ? profile_call_risk (call->name) : NULL;
      if (!risk)
        continue;
      page_add (page, any ? "<tr><th scope=row>"
                          : "<table><thead><tr><th>System call<th>Allowed<th>Why\n<tbody>\n<tr><th scope=row>");
      any = true;
      add_link (page, call->name);
      page_add (page, "<td class=$>$<td>It $.\n", state_of (call),
                call->refuses ? "depending on arguments or architecture" : "always", risk);
    }
  page_add (page, any ? "</table>\n</section>\n" : "<p>There are none.</p>\n</section>\n");
}

static bool
differs_alike (const struct profile_difference *one, const struct profile_difference *two)
{
  return one->archs && two->archs && strcmp (one->archs, two->archs) == 0 && strcmp (one->one, two->one) == 0
         && strcmp (one->two, two->two) == 0;
}

/* A difference, with all calls that have the same. */
static void
add_difference (struct page *page, const struct profile_page *report, uint32_t first)
{
  const struct profile_difference *items = report->differences.items, *item = &items[first];
  page_add (page, "<tr><th scope=row>");
  for (uint32_t i = first; i < report->differences.count; i++)
    if (i == first || differs_alike (item, &items[i]))
      {
        page_add (page, i == first ? "" : ", ");
        if (items[i].archs && report_call_of (report, items[i].what))
          add_link (page, items[i].what);
        else
          page_add (page, "$", items[i].what);
      }
  page_add (page, "<td>$<td class=m>$<td class=m>$\n", item->archs ? item->archs : "", item->one, item->two);
}

static void
add_differences (struct page *page, const struct profile_page *report)
{
  const struct profile_differences *found = &report->differences;
  const char *base = report->base->document.name;
  page_add (page, "<section>\n<h2 id=differences>Differences from $</h2>\n", base);
  if (!found->count)
    page_add (page, "<p>There are none: both profiles have the same effect.</p>\n</section>\n");
  else
    page_add (page, "<table><thead><tr><th>System calls, or property<th>On<th class=w>$<th class=w>$\n<tbody>\n", base,
              report->profile->document.name);
  for (uint32_t i = 0; i < found->count; i++)
    {
      uint32_t before = 0;
      while (before < i && !differs_alike (&found->items[before], &found->items[i]))
        before++;
      if (before == i)
        add_difference (page, report, i);
    }
  page_add (page, found->count ? "</table>\n</section>\n" : "");
}

/* ---- all system calls -------------------------------------------------------------------------------------------- */

static int
compare_groups (const void *a, const void *b)
{
  const struct report_call *one = a, *two = b;
  return one->group_index != two->group_index ? (one->group_index < two->group_index ? -1 : 1)
                                              : strcmp (one->name, two->name);
}

static bool
rows_alike (const struct seccomp_row *one, const struct seccomp_row *two)
{
  bool alike = one && two && one->count == two->count;
  for (uint32_t i = 0; alike && i < one->count; i++)
    {
      const struct seccomp_outcome *first = &one->outcomes[i], *second = &two->outcomes[i];
      alike = first->verdict == second->verdict && first->rule == second->rule
              && strcmp (first->condition ? first->condition : "", second->condition ? second->condition : "") == 0;
    }
  return alike;
}

/* The verdicts that a call has on an architecture, and on all others that have the same. */
static void
add_outcomes (struct page *page, const struct profile_page *report, const struct report_call *call, uint32_t first,
              bool begins)
{
  const struct seccomp_row *row = call->rows[first];
  const char *archs = NULL;
  for (uint32_t i = first; i < report->arch_count; i++)
    if (rows_alike (row, call->rows[i]))
      archs = archs ? arena_format (page->arena, "%s, %s", archs, report->archs[i]) : report->archs[i];
  for (uint32_t i = 0; i < row->count; i++)
    {
      const struct seccomp_outcome *outcome = &row->outcomes[i];
      page_add (page,
                begins && i == 0 ? "<tr id=\"call-$\"><th scope=row>$<td class=q>$<td>"
                                 : "<tr class=\"more-$\"><th scope=row>$<td class=q>$<td>",
                call->name, call->name, archs);
      add_verdict (page, outcome->verdict);
      page_add (page, outcome->condition ? " if <code>$</code>" : i ? " else" : "", outcome->condition);
      page_add (page, call->differs && i == 0 ? " <a href=\"#differences\">differs</a>" : "");
      page_add (page, "<td class=q>$", place_text (report, outcome));
      page_add (page, outcome->others ? " and $ more" : "", page_number (page, outcome->others));
      if (report->recording)
        page_add (page, "<td class=n>$",
                  i || !begins || !call->recorded ? ""
                  : call->count                   ? page_number (page, call->count)
                                                  : "recorded");
      page_add (page, "\n");
    }
}

static void
add_group (struct page *page, const struct profile_page *report, uint32_t first, uint32_t end)
{
  const char *group = report->calls[first].group;
  page_add (page,
            "<details open><summary>$ ($)</summary>\n<table><thead><tr><th>System call<th>On<th class=w>Verdict"
            "<th>Rule",
            group ? group : "calls that husk's own profile does not name", page_number (page, end - first));
  page_add (page, report->recording ? "<th class=n>Recorded\n<tbody>\n" : "\n<tbody>\n");
  for (uint32_t i = first; i < end; i++)
    {
      bool begins = true;
      for (uint32_t a = 0; a < report->arch_count; a++)
        {
          uint32_t before = 0;
          while (before < a && !rows_alike (report->calls[i].rows[before], report->calls[i].rows[a]))
            before++;
          if (before < a || !report->calls[i].rows[a])
            continue;
          add_outcomes (page, report, &report->calls[i], a, begins);
          begins = false;
        }
    }
  page_add (page, "</table></details>\n");
}

static void
add_calls (struct page *page, struct profile_page *report)
{
  page_add (page,
            "<section>\n<h2 id=calls>All system calls</h2>\n<p>The first verdict whose condition holds decides. "
            "Rules are places in $.</p>\n",
            report->profile->document.name);
  for (uint32_t first = 0, end; first < report->count; first = end)
    {
      end = first + 1;
      while (end < report->count && report->calls[end].group_index == report->calls[first].group_index)
        end++;
      add_group (page, report, first, end);
    }
  page_add (page, "</section>\n</main>\n</body>\n</html>\n");
}

const char *
report_page (struct profile_page *report, size_t *out_size)
{
  struct page page = { .arena = report->arena };
  add_top (&page, report);
  if (report->denials)
    add_denials (&page, report);
  if (report->recording)
    add_recording (&page, report);
  qsort (report->calls, report->count, sizeof *report->calls, compare_groups);
  add_risks (&page, report);
  add_differences (&page, report);
  add_calls (&page, report);
  *out_size = page.size;
  return page.bytes;
}
