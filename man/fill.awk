# fill.awk - puts the lists that the program prints about itself into a manual page.
# SPDX-License-Identifier: MIT
# A line "@topic@" becomes the output of `obsview help topic`.
/^@[a-z:-]+@$/ {
    command = program " help " substr($0, 2, length($0) - 2)
    while ((command | getline line) > 0)
        print line
    if (close(command) != 0) {
        print "fill.awk: " command " failed" > "/dev/stderr"
        exit 1
    }
    next
}
{ print }
