// Package done keeps which records of a folder have been dealt with, by being sent again or given up: a folder `done`
// beside the segments holds for each segment a file with the positions and ids of such records. endpoint-file writes
// segments and nothing else, this package writes only there, so both may work at the same time. A segment that is not
// the last one and holds nothing else any more is removed.
package done
