package simulation

// open are the seeds whose finding is open: looked at, and neither mended nor modelled yet. They are told whenever they
// run, and keep anybody from calling the simulation clean. One that passes has to be taken off. In all of them a writer
// without locks, a compressed or removed file, or an error that lasts meets a kill or a power cut.
var open = map[uint64]string{
	37631: "a line whose sync failed right before a kill is taken for written in a file that is removed in the same moment",
	63850: "a piece and zeros stand before a line of PHP after a sync that failed ten times",
}
