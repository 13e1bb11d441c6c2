// Package fault breaks the chain from the stream to the files on purpose, and counts what came through.
//
// Every scenario is a test (build tag fault, Linux, root): a producer adds numbered messages to a real redis-server, real
// envelog processes write them, and something is killed, filled, paused, cut or taken away meanwhile. Afterwards
// everything runs again until the stream is empty. Then every number stands in the files exactly once, or the test fails.
// What was seen is printed as the table of docs/delivery.md:
//
//	make fault                   # every scenario, 200 kills
//	make fault KILLS=5000        # more of them
//	make fault SEED=42           # the same kills again
//
// Redis answers for what it acknowledged only: where a scenario kills it, it writes its append-only file before it
// answers (appendfsync always). A message whose addition was not answered may stand in the files or not, but not twice.
package fault
