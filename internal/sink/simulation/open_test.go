package simulation

// open are the seeds whose finding is open: looked at, and neither mended nor modelled yet. They are told whenever they
// run, and keep anybody from calling the simulation clean. One that passes has to be taken off. In all of them a writer
// without locks, a compressed or removed file, or an error that lasts meets a kill or a power cut.
var open = map[uint64]string{}
