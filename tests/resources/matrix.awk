# TAP of several beds and files ("# bed NAME", "# file NAME" before the results) -> a matrix of file x bed: how many passed,
# were skipped ([a]: the reasons below) and failed.

/^# bed / { bed = $3; file = ""; if (!(bed in known)) { known[bed] = 1; beds[++bed_count] = bed }; next }
/^# file / { file = $3; sub(/\.bats$/, "", file); if (!(file in row)) { row[file] = 1; files[++file_count] = file }; next }
/^not ok / {
  any_failed++
  if (file == "") # the bed itself
    absent[bed] = "FAILED"
  else
    failed[file, bed]++
  next
}
/^ok .*# skip/ {
  reason = $0
  sub(/.*# skip */, "", reason)
  if (file == "") {
    absent[bed] = reason
    next
  }
  if (!(reason in letter)) {
    letter[reason] = substr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", reason_count + 1, 1)
    reasons[++reason_count] = reason
  }
  skipped[file, bed]++
  if (index(marks[file, bed], letter[reason]) == 0)
    marks[file, bed] = marks[file, bed] letter[reason]
  next
}
/^ok / { passed[file, bed]++ }

function cell(file, bed,    text) {
  if ((file, bed) in passed)
    text = passed[file, bed] " passed"
  if ((file, bed) in skipped)
    text = text (text == "" ? "" : ", ") skipped[file, bed] " skipped [" marks[file, bed] "]"
  if ((file, bed) in failed)
    text = text (text == "" ? "" : ", ") failed[file, bed] " FAILED"
  return text == "" ? "-" : text
}

END {
  print "" # where the matrix begins
  for (i = 0; i <= file_count; i++)
    if (length(i ? files[i] : "") > width[0])
      width[0] = length(files[i])
  for (b = 1; b <= bed_count; b++) {
    width[b] = length(beds[b])
    for (i = 1; i <= file_count; i++)
      if (length(cell(files[i], beds[b])) > width[b])
        width[b] = length(cell(files[i], beds[b]))
  }
  for (i = 0; i <= file_count; i++) {
    line = sprintf("%-*s", width[0], i ? files[i] : "")
    for (b = 1; b <= bed_count; b++)
      line = line sprintf("  %-*s", width[b], i ? cell(files[i], beds[b]) : beds[b])
    sub(/ +$/, "", line)
    print line
  }
  for (i = 1; i <= reason_count; i++)
    print "[" letter[reasons[i]] "] " reasons[i]
  for (bed in absent)
    print bed ": " absent[bed]
  exit any_failed > 0 || file_count == 0
}
