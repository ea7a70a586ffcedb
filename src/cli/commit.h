/*
 * The commit that husk was built from. Each build writes commit.c.
 */
#ifndef HUSK_CLI_COMMIT_H
#define HUSK_CLI_COMMIT_H

/* "0123456789ab", followed by "-dirty" if files were changed; "unknown" outside its repository. */
extern const char husk_commit[];

#endif
