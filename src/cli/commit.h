/*
 * The commit that husk was built from: commit.c is made at each build.
 */
#ifndef HUSK_CLI_COMMIT_H
#define HUSK_CLI_COMMIT_H

/* "0123456789ab", with "-dirty" after it if files were changed; "unknown" outside of its repository. */
extern const char husk_commit[];

#endif
