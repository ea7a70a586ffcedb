# What measure printed, as a table in Markdown: the system calls (the first file: name, tab, number) and the ratio of the
# least times to crun's, if it is among them, are added.
FNR == NR { split($0, field, "\t"); calls[field[1]] = field[2]; next }
FNR == 1 { next }
{
  name = $1
  for (i = 2; i <= NF - 5; i++)
    name = name " " $i
  row[++count] = name; least[name] = $(NF - 4)
  rest[name] = $(NF - 4) " | " $(NF - 3) " | " $(NF - 2) " | " calls[name] " | " $(NF - 1) " | " $NF
}
END {
  peer = "crun" in least
  print "| | min ms | median ms | CPU ms | system calls | page faults | RSS KB |" (peer ? " of crun's min |" : "")
  print "|---|--:|--:|--:|--:|--:|--:|" (peer ? "--:|" : "")
  for (i = 1; i <= count; i++)
    print "| " row[i] " | " rest[row[i]] " |" (peer ? sprintf(" %.2f |", least[row[i]] / least["crun"]) : "")
}
