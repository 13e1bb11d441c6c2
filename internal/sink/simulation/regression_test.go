package simulation

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/sink"
	"envelog/internal/sink/retention"
)

// regressions are plans whose runs failed once, as [TestSimulation] prints them. What each plays is written down in playedFile.
var regressions = []struct {
	name string
	plan plan
}{
	{"a lock is refused once while starting", plan{
		seed: 75, schedule: 8993041808731943798, workers: 3, channels: 1, entries: 4, batch: 1, length: 20,
		rest: 500, lull: 100, kernel: 0, claims: 60, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 2, step: 0, match: aSync, what: fail, err: syscall.ENOLCK, times: 1, short: 0},
		},
	}},
	{"a file is moved, and the journal cannot be written", plan{
		seed: 583, schedule: 583, workers: 2, channels: 1, entries: 8, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 60, match: anyStep, what: fail, err: syscall.EIO, times: 1, short: 1},
			{slot: 0, step: 8, match: aLock, what: fail, err: syscall.ENOSPC, times: 1, short: 30},
			{slot: 1, step: 0, match: anyStep, what: moveFile},
		},
	}},
	{"the directory cannot be synced, and the file is moved when its line is about to be written again", plan{
		seed: 1, schedule: 187250599, workers: 2, channels: 1, entries: 1, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 5, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 1},
			{slot: 0, step: 98, match: anyStep, what: moveFile},
		},
	}},
	{"a file is moved, and the quota is exceeded", plan{
		seed: 3320, schedule: 3320, workers: 3, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 250, lull: 0, kernel: 0, claims: 0, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 38, match: anyStep, what: fail, err: syscall.EDQUOT, times: 10, short: 30},
			{slot: 2, step: 12, match: anyStep, what: moveFile},
		},
	}},
	{"the name of a file that another process has created is lost", plan{
		seed: 963, schedule: 963, workers: 2, channels: 1, entries: 4, batch: 4, length: 20,
		rest: 500, lull: 0, kernel: 100, claims: 0, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 4, match: aSync, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 5, match: aLock, what: powerCut},
		},
	}},
	{"the name of a file is lost that another process goes on with", plan{
		seed: 425, schedule: 14852932365231451948, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 1, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 15, match: anyStep, what: powerCut},
		},
	}},
	{"a record takes over lines of another one, and is aborted", plan{
		seed: 3984, schedule: 8341056076319411538, workers: 3, channels: 1, entries: 37, batch: 1, length: 3000,
		rest: 15, lull: 50, kernel: 0, claims: 20, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 2, step: 10, match: aLock, what: fail, err: syscall.ENOSPC, times: 3, short: 1},
		},
	}},
	{"a lock is refused once after a kill", plan{
		seed: 25, schedule: 25, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 60, texts: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 66, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 0, match: anyStep, what: fail, err: syscall.ENOLCK, times: 1, short: 5000},
		},
	}},
	{"an error is taken for the removal of the own journal", plan{
		seed: 653, schedule: 2894809784224670180, workers: 2, channels: 1, entries: 6, batch: 1, length: 20,
		rest: 15, lull: 0, kernel: 100, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 6, match: aLock, what: fail, err: syscall.EIO, times: 10, short: 0},
		},
	}},
	{"an error is taken for the removal of another's journal", plan{
		seed: 1183, schedule: 1183, workers: 3, channels: 1, entries: 10, batch: 1, length: 20,
		rest: 250, lull: 0, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 66, match: anyStep, what: fail, err: syscall.EIO, times: 1, short: 5000},
			{slot: 0, step: 191, match: anyStep, what: fail, err: syscall.ENOSPC, times: 1, short: 4096},
		},
	}},
	{"a file is moved between a kill and an error", plan{
		seed: 2447, schedule: 8366964594965566286, workers: 2, channels: 3, entries: 3, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 70, match: anyStep, what: kill},
			{slot: 0, step: 169, match: anyStep, what: fail, err: syscall.EDQUOT, times: 3, short: 1},
			{slot: 1, step: 0, match: aLock, what: moveFile},
		},
	}},
	{"a record is written later than its abort", plan{
		seed: 3267, schedule: 128371590696218342, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncNever, journal: largeJournal,
		events: []event{
			{slot: 1, step: 58, match: anyStep, what: fail, err: syscall.ENOSPC, times: 3, short: 4096},
			{slot: 0, step: 16, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 0},
		},
	}},
	{"the name of a journal is lost", plan{
		seed: 14637, schedule: 10180477606404940324, workers: 1, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 2, match: aSync, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 8, match: aWrite, what: powerCut},
		},
	}},
	{"a line is equal to all of an archive", plan{
		seed: 650239, schedule: 17185711938085316289, workers: 1, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		others:    []other{{locks: true, lines: 1, equal: true, slot: 8}},
		events: []event{
			{slot: 8, step: 0, match: anyStep, what: stop, pause: 70 * time.Second},
		},
	}},
	{"a process syncs, and another has failed to", plan{
		seed: 26670, schedule: 26670, workers: 3, channels: 3, entries: 8, batch: 2, length: 6000,
		rest: 1000, lull: 100, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 5, match: anAppend, what: stop, pause: 5000000 * time.Microsecond},
			{slot: 1, step: 10, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 30},
		},
	}},
	{"what was found out cannot be written down", plan{
		seed: 39702, schedule: 39702, workers: 2, channels: 3, entries: 5, batch: 1, length: 20,
		rest: 250, lull: 100, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 159, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 5, match: aLock, what: fail, err: syscall.ENOSPC, times: 1, short: 0},
		},
	}},
	{"an aborted record is written late", plan{
		seed: 31656, schedule: 31656, workers: 3, channels: 1, entries: 22, batch: 8, length: 187,
		rest: 500, lull: 5, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncNever, journal: largeJournal,
		others: []other{{locks: false, lines: 3, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 164, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 33, match: anyStep, what: fail, err: syscall.EDQUOT, times: 10, short: 30},
		},
	}},
	{"a file is closed for another one before it is planned", plan{
		seed: 8731, schedule: 8731, workers: 2, channels: 3, entries: 4, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncInterval, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: aWrite, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 3, match: aLock, what: fail, err: syscall.EMFILE, times: 3, short: 0},
		},
	}},
	{"a line of a writer without locks is on its way", plan{
		seed: 3316, schedule: 15913762567508591374, workers: 2, channels: 1, entries: 4, batch: 4, length: 750,
		rest: 1000, lull: 15, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncNever, journal: largeJournal,
		others: []other{{locks: false, lines: 11, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 0, match: anAppend, what: kill, pause: 1000 * time.Microsecond},
			{slot: 1, step: 0, match: anAppend, what: kill},
		},
	}},
	{"a file is closed for another one before it is synced", plan{
		seed: 25879, schedule: 12180123532505316639, workers: 1, channels: 2, entries: 24, batch: 4, length: 750,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 6021, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 189, match: anyStep, what: fail, err: syscall.EMFILE, times: 3, short: 4096},
		},
	}},
	{"who blanks a piece is killed", plan{
		seed: 23701, schedule: 3192757299358520377, workers: 2, channels: 1, entries: 10, batch: 8, length: 6000,
		rest: 125, lull: 30, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: true, lines: 8, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 10, match: aWrite, what: kill, pause: 0 * time.Microsecond},
			{slot: 1, step: 44, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 122, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
		},
	}},
	{"a mark is kept, and what it relies on is lost", plan{
		seed: 30604, schedule: 561215121956407694, workers: 2, channels: 1, entries: 18, batch: 1, length: 20,
		rest: 250, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 318, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 0, step: 4, match: aWrite, what: powerCut},
			{slot: 0, step: 356, match: anyStep, what: powerCut},
		},
	}},
	{"a mark is kept, and what it relies on is lost, with equal lines", plan{
		seed: 18888, schedule: 18888, workers: 3, channels: 1, entries: 7, batch: 1, length: 20,
		rest: 3, lull: 0, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 135, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 1},
			{slot: 2, step: 7, match: aSync, what: powerCut},
		},
	}},
	{"a full disk cuts a write within a page", plan{
		seed: 99311, schedule: 17047420647991677658, workers: 1, channels: 1, entries: 3, batch: 4, length: 6000,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: true, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 1, match: anAppend, what: kill},
			{slot: 0, step: 2, match: aLock, what: fail, err: syscall.ENOSPC, times: 3, short: 5000},
		},
	}},
	{"lines are laid again behind one that the kernel has dropped", plan{
		seed: 39639, schedule: 15443504856785209816, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 75, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 5, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 4096},
		},
	}},
	{"two streams give one id to messages that are rejected at the same time", plan{
		seed: 1232, schedule: 1232, workers: 2, channels: 1, entries: 18, batch: 1, length: 20,
		rest: 500, lull: 30, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		bad: 100, renewed: 17,
		events: []event{
			{slot: 1, step: 55, match: anyStep, what: stop, pause: 5 * time.Second},
		},
	}},
	{"a full disk cuts a write within its first page, after a whole line, and its process is killed", plan{
		seed: 85608, schedule: 12971117425499658126, workers: 1, channels: 1, entries: 2, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 2, match: anAppend, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.ENOSPC, times: 10, short: 30},
		},
	}},
	{"the note of a rejected message cannot be read for a moment", plan{
		seed: 490, schedule: 14949886136816039210, workers: 3, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 31, lull: 0, kernel: 0, claims: 20, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		bad: 100,
		events: []event{
			{slot: 2, step: 3, match: aLock, what: fail, err: syscall.EACCES, times: 1, short: 1},
		},
	}},
	{"who wrote down that a line was not written is killed before that is on disk, and the power fails when an equal line is there", plan{
		seed: 929054, schedule: 929054, workers: 3, channels: 3, entries: 10, batch: 1, length: 20,
		rest: 150, lull: 30, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 2, step: 20, match: aLock, what: kill, pause: 30000 * time.Microsecond},
			{slot: 2, step: 19, match: aSync, what: kill, pause: forGood},
			{slot: 0, step: 236, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 5, match: aSync, what: powerCut},
		},
	}},
	{"PHP appends right behind a piece of a killed worker, and another acknowledges its batch before anybody has taken that back", plan{
		seed: 165817, schedule: 13108327969445230036, workers: 3, channels: 1, entries: 3, batch: 1, length: 1500,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: true, lines: 5, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 0, match: anyStep, what: kill, pause: 8 * time.Second},
			{slot: 2, step: 1, match: anAppend, what: kill, pause: 30 * time.Millisecond},
			{slot: 0, step: 96, match: anyStep, what: stop, pause: 10 * time.Millisecond},
		},
	}},
	{"PHP does so without a lock, while another worker syncs several files", plan{
		seed: 860482, schedule: 860482, workers: 3, channels: 2, entries: 21, batch: 4, length: 6000,
		rest: 1, lull: 50, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}, {locks: true, lines: 11, equal: true, slot: 9}},
		events: []event{
			{slot: 0, step: 4, match: anAppend, what: kill, pause: time.Millisecond},
			{slot: 2, step: 3, match: aSync, what: kill, pause: forGood},
			{slot: 0, step: 30, match: anyStep, what: kill, pause: 30 * time.Millisecond},
		},
	}},
	{"a power cut brings back, in part, a file that was compressed", plan{
		seed: 60633, schedule: 13562225495808545888, workers: 1, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepFiles: 1},
		others:    []other{{locks: false, lines: 4, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 0, match: anyStep, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 0, match: aSync, what: powerCut},
		},
	}},
	{"what a power cut has brought back of a compressed file is removed", plan{
		seed: 842936, schedule: 5110181749439099150, workers: 3, channels: 1, entries: 13, batch: 2, length: 3000,
		rest: 500, lull: 12, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		bad:       100,
		retention: retention.Options{Compress: ".gz", KeepDays: 0, KeepFiles: 1, KeepBytes: 0},
		others:    []other{{locks: false, lines: 3, equal: false, slot: 8}},
		events: []event{
			{slot: 2, step: 155, match: anyStep, what: powerCut},
			{slot: 0, step: 20, match: anyStep, what: wait, pause: 150000000 * time.Microsecond},
		},
	}},
	{"the last byte of a line that PHP appends after a power cut lies in the place of a worker's second line", plan{
		seed: 622608, schedule: 622608, workers: 2, channels: 3, entries: 4, batch: 4, length: 20,
		rest: 1000, lull: 25, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncInterval, journal: largeJournal,
		others: []other{{locks: true, lines: 7, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 75, match: anyStep, what: powerCut},
		},
	}},
	{"retention is killed twice when all others have ended, and the world waits before it can finish", plan{
		seed: 325349, schedule: 16103807258392461384, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".zst", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		events: []event{
			{slot: keeperSlot, step: 4, match: aSync, what: kill, pause: 8 * time.Second},
			{slot: keeperSlot, step: 10, match: aSync, what: kill, pause: 8 * time.Second},
			{slot: keeperSlot, step: 171, match: anyStep, what: wait, pause: 70 * time.Minute},
		},
	}},
	{"retention is killed between the name of an archive and the end of its file, and is due again at once after a wait", plan{
		seed: 422258, schedule: 3626853095434691762, workers: 2, channels: 1, entries: 96, batch: 8, length: 100,
		rest: 500, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		events: []event{
			{slot: keeperSlot, step: 7, match: aSync, what: kill, pause: 130 * time.Second},
			{slot: keeperSlot, step: 154, match: anyStep, what: wait, pause: 150 * time.Second},
		},
	}},
	{"retention is killed there after a wait, and starts again without a pause", plan{
		seed: 774892, schedule: 17122583226712117087, workers: 2, channels: 1, entries: 8, batch: 1, length: 750,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 3916, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".zst", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		events: []event{
			{slot: keeperSlot, step: 10, match: aSync, what: kill},
			{slot: keeperSlot, step: 130, match: anyStep, what: wait, pause: 150 * time.Second},
		},
	}},
	{"what a kill has left in front of PHP's line is compressed with it", plan{
		seed: 36895, schedule: 36895, workers: 3, channels: 1, entries: 2, batch: 2, length: 1500,
		rest: 1000, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepFiles: 1},
		others:    []other{{locks: false, lines: 30, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 69, match: anyStep, what: kill},
		},
	}},
	{"PHP appends behind a write that was cut short, which then goes on, and its process is killed", plan{
		seed: 8507, schedule: 8507, workers: 2, channels: 2, entries: 7, batch: 4, length: 6000,
		rest: 150, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 9, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 17, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 8, match: anAppend, what: fail, err: syscall.EIO, times: 1, short: 1},
		},
	}},
	{"PHP appends behind a write that was cut short, whose piece cannot be taken back, and its process is killed", plan{
		seed: 8507, schedule: 8507, workers: 2, channels: 2, entries: 7, batch: 4, length: 6000,
		rest: 150, lull: 25, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 3, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 18, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 4, match: aSync, what: fail, err: syscall.EACCES, times: 3, short: 1},
			{slot: 0, step: 7, match: anAppend, what: fail, err: syscall.EIO, times: 1, short: 1},
		},
	}},
	{"a worker has ended in good order, its file is removed, the power is cut, and Redis forgets", plan{
		seed: 384594, schedule: 384594, workers: 3, channels: 1, entries: 25, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 2, step: 5, match: aWrite, what: kill, also: removeFile, pause: time.Millisecond},
			{slot: 0, step: 353, match: anyStep, what: powerCut},
			{slot: 2, step: 319, match: anyStep, what: failover},
		},
	}},
	{"a worker is killed, its file removed, the power cut with the word of its last batch, and Redis forgets that", plan{
		seed: 588285, schedule: 14341115153767385957, workers: 1, channels: 1, entries: 2, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 74, match: anyStep, what: kill, also: removeFile},
			{slot: 0, step: 74, match: anyStep, what: powerCut},
			{slot: 0, step: 78, match: anyStep, what: failover},
		},
	}},
	{"PHP writes the same lines, the power is cut with the word of the last batch, the file removed before anybody has looked, and Redis forgets that", plan{
		seed: 770881, schedule: 146, workers: 2, channels: 1, entries: 5, batch: 2, length: 3000,
		rest: 1000, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 8, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 127, match: anyStep, what: powerCut},
			{slot: 1, step: 5, match: aSync, what: failover},
			{slot: 1, step: 2, match: aSync, what: removeFile},
		},
	}},
	{"the power is cut with the word of the last batch, the file removed before anybody has looked, and Redis forgets that", plan{
		seed: 492302, schedule: 4526473667816033805, workers: 1, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 100, match: anyStep, what: kill, also: removeFile, pause: time.Millisecond},
			{slot: 0, step: 99, match: anyStep, what: powerCut},
			{slot: 0, step: 11, match: aSync, what: failover},
		},
	}},
	{"a sync fails, its process is killed before it can say so, and the file is removed", plan{
		seed: 37631, schedule: 16646497611453254733, workers: 2, channels: 1, entries: 28, batch: 1, length: 20,
		rest: 250, lull: 15, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 349, match: anyStep, what: kill, also: removeFile},
			{slot: 1, step: 30, match: aWrite, what: fail, err: syscall.EIO, times: 3, short: 5000},
		},
	}},
	{"a sync fails, its process says so and is killed, and the file is removed", plan{
		seed: 37631, schedule: 9144900078313497595, workers: 2, channels: 1, entries: 14, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 324, match: anyStep, what: kill, also: removeFile},
			{slot: 1, step: 30, match: aWrite, what: fail, err: syscall.EIO, times: 3, short: 5000},
		},
	}},
	{"the kernel drops lines of PHP in the middle of a line", plan{
		seed: 63850, schedule: 5143597357762844779, workers: 1, channels: 1, entries: 4, batch: 1, length: 3000,
		rest: 0, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: true, lines: 8, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 101, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 172, match: anyStep, what: fail, err: syscall.EIO, times: 10, short: 5000},
			{slot: 0, step: 3, match: aLock, what: fail, err: syscall.EDQUOT, times: 10, short: 4096},
		},
	}},
	{"the disk fails for a while when an archive has its name", plan{
		seed: 65290, schedule: 7000265237431548942, workers: 1, channels: 3, entries: 2, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepFiles: 1},
		events: []event{
			{slot: keeperSlot, step: 8, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 1},
		},
	}},
	{"a write is cut short, cannot be taken back, and its file is moved", plan{
		seed: 138903, schedule: 15246690658106596172, workers: 2, channels: 1, entries: 5, batch: 1, length: 20,
		rest: 150, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncInterval, journal: largeJournal,
		events: []event{
			{slot: 0, step: 14, match: anyStep, what: kill, also: moveFile},
			{slot: 1, step: 153, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 30},
		},
	}},
	{"PHP appends a line that is equal to the first of a batch right at its place, and the batch comes behind it", plan{
		seed: 141672, schedule: 141672, workers: 2, channels: 3, entries: 23, batch: 2, length: 6000,
		rest: 1000, lull: 100, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 14, equal: true, slot: 8}, {locks: false, lines: 13, equal: true, slot: 9}},
		events: []event{
			{slot: 0, step: 121, match: anyStep, what: kill},
			{slot: 0, step: 140, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 13, match: aWrite, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 16, match: aLock, what: fail, err: syscall.ENOSPC, times: 10, short: 5000},
		},
	}},
	{"the power is cut while the journal is told where a line stands before which a writer without locks came", plan{
		seed: 981737, schedule: 981737, workers: 2, channels: 2, entries: 8, batch: 1, length: 20,
		rest: 500, lull: 5, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 3572, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 11, equal: false, slot: 8}, {locks: false, lines: 7, equal: false, slot: 9}},
		events: []event{
			{slot: 0, step: 207, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 214, match: anyStep, what: powerCut},
		},
	}},
	{"a sync fails of the line that a killed worker left, the next look at it syncs nothing, and the kernel drops the page", plan{
		seed: 265667, schedule: 1496518032769627319, workers: 2, channels: 1, entries: 3, batch: 1, length: 3000,
		rest: 0, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 3071, mode: sink.SyncBatch, journal: largeJournal,
		bad: 10,
		events: []event{
			{slot: 0, step: 142, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 27, match: anyStep, what: kill},
			{slot: 0, step: 11, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 4096},
		},
	}},
	{"a sync fails of one of the files that a killed worker left, and the kernel drops the page when another has decided", plan{
		seed: 394325, schedule: 394325, workers: 2, channels: 3, entries: 9, batch: 4, length: 20,
		rest: 5, lull: 15, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 47, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 0, match: aLock, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 56, match: anyStep, what: kill},
			{slot: 1, step: 180, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 12, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 30},
		},
	}},
	{"a sync fails, so does that of the journal, which forgets it, and the kernel drops the line after it was found", plan{
		seed: 440846, schedule: 440846, workers: 1, channels: 1, entries: 8, batch: 1, length: 20,
		rest: 75, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 6, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 58, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 312, match: anyStep, what: kill},
			{slot: 0, step: 452, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 136, match: anyStep, what: fail, err: syscall.EDQUOT, times: 3, short: 0},
			{slot: 0, step: 34, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 4096},
			{slot: 0, step: 5, match: aWrite, what: fail, err: syscall.EACCES, times: 1, short: 4096},
		},
	}},
	{"a sync fails of the lines that a killed worker left, and the power is cut when they are acknowledged", plan{
		seed: 520036, schedule: 10695065072225533251, workers: 3, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 9, match: aLock, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 4, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 0},
			{slot: 2, step: 9, match: anyStep, what: powerCut},
		},
	}},
	{"a file is moved, and cannot be looked at when its lines are looked for", plan{
		seed: 250309, schedule: 250309, workers: 1, channels: 3, entries: 2, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 1, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: anyStep, what: stop, pause: 1000000 * time.Microsecond},
			{slot: 0, step: 113, match: anyStep, what: fail, err: syscall.EIO, times: 1, short: 30},
			{slot: 0, step: 5, match: aLock, what: fail, err: syscall.EIO, times: 10, short: 1},
			{slot: 0, step: 64, match: anyStep, what: moveFile},
		},
	}},
	{"a record that could not be synced is read by others, the kernel drops it, and the next process of that name writes another in its place", plan{
		seed: 390953, schedule: 5157147823989805007, workers: 2, channels: 3, entries: 9, batch: 4, length: 6000,
		rest: 150, lull: 100, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 11, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 8, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 6, match: aRedisStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 1, step: 8, match: aWrite, what: fail, err: syscall.ENOSPC, times: 3, short: 0},
			{slot: 1, step: 13, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 0},
		},
	}},
	{"a record and its abort could not be synced, and the kernel drops both when others have read them", plan{
		seed: 257401, schedule: 13558615055827595158, workers: 3, channels: 2, entries: 15, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 20, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 329, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 84, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 2, step: 0, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 26, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 4096},
		},
	}},
	{"a writer without locks comes between the look at the size and the journal's word of it, the append is killed, and PHP appends behind it", plan{
		seed: 234290, schedule: 234290, workers: 2, channels: 1, entries: 2, batch: 1, length: 6000,
		rest: 1000, lull: 100, kernel: 0, claims: 20, texts: 0, files: 0, rotate: 0, mode: sink.SyncInterval, journal: largeJournal,
		others: []other{{locks: true, lines: 9, equal: false, slot: 8}, {locks: false, lines: 26, equal: false, slot: 9}},
		events: []event{
			{slot: 0, step: 73, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 1, step: 3, match: anAppend, what: kill, pause: 30000 * time.Microsecond},
		},
	}},
	{"the size is looked at while a writer without locks appends, and the append at that place is killed", plan{
		seed: 699842, schedule: 356, workers: 4, channels: 1, entries: 2, batch: 2, length: 6000,
		rest: 500, lull: 15, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 8, equal: false, slot: 8}},
		events: []event{
			{slot: 2, step: 1, match: anAppend, what: kill, pause: 8000000 * time.Microsecond},
		},
	}},
	{"a writer without locks comes between the look at the size and the journal's word of it, and the append is killed as its file is moved", plan{
		seed: 742497, schedule: 742497, workers: 2, channels: 1, entries: 11, batch: 1, length: 6000,
		rest: 1000, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncInterval, journal: largeJournal,
		others: []other{{locks: false, lines: 6, equal: true, slot: 8}},
		events: []event{
			{slot: 1, step: 1, match: anAppend, what: kill, also: moveFile, pause: forGood},
		},
	}},
	{"what was found out of a killed worker cannot be synced by the next one of that name, the kernel drops it, and more is written behind it", plan{
		seed: 1318, schedule: 4001154575997314057, workers: 1, channels: 1, entries: 12, batch: 1, length: 3000,
		rest: 0, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 11, match: aWrite, what: kill, pause: 30000 * time.Microsecond},
			{slot: 0, step: 2, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 63, match: aLock, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 36, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 0, step: 11, match: anAppend, what: kill},
		},
	}},
	{"that happens beside a worker that looks at the journal later", plan{
		seed: 1158, schedule: 7584599540118604324, workers: 3, channels: 1, entries: 4, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 300, claims: 20, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 1, match: anAppend, what: kill, pause: 30000 * time.Microsecond},
			{slot: 2, step: 0, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 30},
			{slot: 1, step: 15, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 5000},
			{slot: 0, step: 7, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 1},
		},
	}},
	{"a sync fails, its process is killed before it can say so, the kernel drops the line, and retention finds that out before it removes the file", plan{
		seed: 1731, schedule: 13479623401357442839, workers: 3, channels: 1, entries: 4, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{KeepDays: 1},
		events: []event{
			{slot: 1, step: 8, match: aRedisStep, what: kill, pause: 130000000 * time.Microsecond},
			{slot: 0, step: 0, match: aRedisStep, what: kill, pause: 130000000 * time.Microsecond},
			{slot: 2, step: 0, match: anyStep, what: kill, pause: forGood},
			{slot: 1, step: 18, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 0},
			{slot: 1, step: 79, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
		},
	}},
	{"the kernel drops one of the pages that a killed worker wrote, whose sync had failed, and a line on the others is whole", plan{
		seed: 5463, schedule: 5463, workers: 3, channels: 1, entries: 13, batch: 2, length: 6000,
		rest: 30, lull: 5, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 2, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 274, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 4, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 5000},
		},
	}},
	{"the kernel drops PHP's line in the moment in which the one behind it is written over itself", plan{
		seed: 7496, schedule: 7496, workers: 1, channels: 1, entries: 1, batch: 1, length: 6000,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 22, equal: false, slot: 8}, {locks: false, lines: 16, equal: false, slot: 9}},
		events: []event{
			{slot: 0, step: 69, match: anyStep, what: kill},
			{slot: 0, step: 11, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 0, step: 13, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
		},
	}},
	{"a full disk cuts a write short, takes the rest at once, and the power is cut before that is on disk", plan{
		seed: 442106, schedule: 442106, workers: 1, channels: 3, entries: 54, batch: 4, length: 20,
		rest: 0, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 884, match: anyStep, what: fail, err: syscall.ENOSPC, times: 1, short: 30},
			{slot: 0, step: 65, match: aLock, what: powerCut},
			{slot: 0, step: 906, match: anyStep, what: powerCut},
		},
	}},
	{"the kernel drops PHP's line and a part of the one behind it, and that part becomes blanks behind the zeros", plan{
		seed: 7823, schedule: 12842568646131844396, workers: 3, channels: 1, entries: 3, batch: 2, length: 3000,
		rest: 150, lull: 30, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 12, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 3, match: aSync, what: kill},
			{slot: 0, step: 2, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 0},
			{slot: 2, step: 4, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 1, step: 1, match: anAppend, what: kill, pause: 8000000 * time.Microsecond},
		},
	}},
	{"the kernel drops the blanks that a part of a line has become, whose sync had failed, and brings that part back before the next line", plan{
		seed: 22798, schedule: 22798, workers: 3, channels: 3, entries: 24, batch: 8, length: 6000,
		rest: 500, lull: 100, kernel: 20, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 174, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 75, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 2, step: 124, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 2, step: 25, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 0},
			{slot: 0, step: 9, match: aSync, what: kill, pause: 1000 * time.Microsecond},
		},
	}},
	{"the kernel drops the blanks that a part of a line has become, whose sync had failed, while their process lives", plan{
		seed: 86, schedule: 18017939874950622120, workers: 2, channels: 1, entries: 2, batch: 1, length: 187,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.EIO, times: 5, short: 100},
			{slot: 0, step: 10, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
		},
	}},
	{"the kernel drops such blanks in a file that was moved", plan{
		seed: 6780, schedule: 4597651090803924658, workers: 2, channels: 1, entries: 3, batch: 2, length: 750,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.EIO, times: 6, short: 1000},
			{slot: 1, step: 90, match: anyStep, what: moveFile},
			{slot: 0, step: 9, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
		},
	}},
	{"the sync of such blanks fails in a file that was moved", plan{
		seed: 1580, schedule: 73835412735933111, workers: 1, channels: 1, entries: 2, batch: 1, length: 750,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 1, match: anAppend, what: fail, err: syscall.EIO, times: 5, short: 100},
			{slot: 0, step: 49, match: anyStep, what: moveFile},
			{slot: 0, step: 12, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 0},
		},
	}},
	{"the kernel drops PHP's line before one that is written over itself in a file that was moved", plan{
		seed: 272, schedule: 3681160924250585729, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 7, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 0, match: aLock, what: moveFile},
			{slot: 0, step: 6, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
		},
	}},
	{"a log file is removed after another worker has found that the kernel dropped a line there, and that line is written again", plan{
		seed: 3457, schedule: 8100073537753985968, workers: 2, channels: 1, entries: 3, batch: 1, length: 20,
		rest: 31, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 16, match: aLock, what: kill, also: removeFile, pause: 30000 * time.Microsecond},
			{slot: 1, step: 14, match: aSync, what: kill, pause: forGood},
			{slot: 0, step: 5, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 1},
			{slot: 0, step: 96, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
		},
	}},
	{"PHP comes before a batch, its worker is killed before its journal knows, and the power is cut before another one has looked", plan{
		seed: 671528, schedule: 671528, workers: 1, channels: 3, entries: 2, batch: 2, length: 20,
		rest: 1000, lull: 100, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 16, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 7, match: aWrite, what: kill},
			{slot: 0, step: 133, match: anyStep, what: powerCut},
		},
	}},
	{"the sync of a line fails, it is made safe in the file that was moved meanwhile, and Redis forgets its acknowledgement", plan{
		seed: 648166, schedule: 648166, workers: 4, channels: 1, entries: 13, batch: 1, length: 20,
		rest: 500, lull: 5, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 2, step: 14, match: aSync, what: fail, err: syscall.EIO, times: 10, short: 4096},
			{slot: 1, step: 46, match: anyStep, what: failover},
			{slot: 3, step: 18, match: anyStep, what: moveFile},
		},
	}},
	{"the power is cut, and the disk fails while what is left of several lines is removed, two of which share a page", plan{
		seed: 646950, schedule: 646950, workers: 3, channels: 1, entries: 26, batch: 8, length: 3000,
		rest: 150, lull: 30, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 10, match: aWrite, what: kill, pause: 1000 * time.Microsecond},
			{slot: 2, step: 161, match: anyStep, what: kill},
			{slot: 0, step: 12, match: aWrite, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 0, step: 0, match: aLock, what: fail, err: syscall.EIO, times: 1, short: 4096},
			{slot: 1, step: 26, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 2, step: 169, match: anyStep, what: fail, err: syscall.ENOSPC, times: 1, short: 0},
			{slot: 2, step: 22, match: aSync, what: powerCut},
		},
	}},
	{"the power is cut, a worker cannot open the files of its batch, and another one appends equal lines in their place", plan{
		seed: 193871, schedule: 193871, workers: 4, channels: 3, entries: 30, batch: 8, length: 20,
		rest: 7, lull: 0, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 18, match: aSync, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 282, match: anyStep, what: fail, err: syscall.EACCES, times: 10, short: 5000},
			{slot: 2, step: 41, match: anyStep, what: powerCut},
		},
	}},
	{"a sync fails of the line that a killed worker left, and the file is removed before the next look at it", plan{
		seed: 627599, schedule: 15083714539245481838, workers: 2, channels: 1, entries: 6, batch: 1, length: 750,
		rest: 500, lull: 100, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 7183, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 7, equal: false, slot: 8}, {locks: false, lines: 6, equal: false, slot: 9}},
		events: []event{
			{slot: 0, step: 258, match: anyStep, what: kill, also: removeFile, pause: 1000 * time.Microsecond},
			{slot: 0, step: 2, match: aRedisStep, what: kill},
			{slot: 0, step: 212, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 1, step: 1, match: aSync, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 111, match: anyStep, what: kill, also: removeFile, pause: 30000 * time.Microsecond},
			{slot: 0, step: 6, match: aWrite, what: kill},
			{slot: 1, step: 19, match: aWrite, what: fail, err: syscall.ENOSPC, times: 3, short: 0},
			{slot: 1, step: 15, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 30},
		},
	}},
	{"the kernel drops such blanks while somebody looks at them", plan{
		seed: 25399, schedule: 25399, workers: 3, channels: 1, entries: 9, batch: 1, length: 6000,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 2, step: 12, match: anAppend, what: kill},
			{slot: 0, step: 5, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 2, step: 28, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
		},
	}},
	{"a part of a line is cut off in a file that was moved, the sync of that fails, and the power is cut after the next batch", plan{
		seed: 27682, schedule: 9067399974962024930, workers: 1, channels: 3, entries: 5, batch: 4, length: 750,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 1, rotate: 1220, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.EIO, times: 6, short: 100},
			{slot: 0, step: 13, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 0, step: 110, match: anyStep, what: moveFile},
			{slot: 0, step: 213, match: anyStep, what: powerCut},
		},
	}},
	{"a part of a line is cut off, the file is moved before that is synced, and the power is cut after the next batch", plan{
		seed: 6331, schedule: 14066944802645320005, workers: 1, channels: 1, entries: 3, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 1, match: anAppend, what: fail, err: syscall.EIO, times: 6, short: 30},
			{slot: 0, step: 10, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 0, step: 138, match: anyStep, what: moveFile},
			{slot: 0, step: 207, match: anyStep, what: powerCut},
		},
	}},
	{"a part of a line is taken back, another worker appends an equal line in its place, and the power is cut", plan{
		seed: 14605, schedule: 14605, workers: 2, channels: 3, entries: 5, batch: 4, length: 6000,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 1, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 74, match: anyStep, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 0, step: 9, match: aWrite, what: powerCut},
		},
	}},
	{"two of the files of a batch cannot be synced, the third one is removed, the power is cut, and Redis forgets that it is safe", plan{
		seed: 158192, schedule: 158192, workers: 3, channels: 3, entries: 12, batch: 8, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 2, step: 29, match: anyStep, what: kill, also: removeFile},
			{slot: 0, step: 16, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 0},
			{slot: 1, step: 0, match: anyStep, what: powerCut},
			{slot: 0, step: 6, match: aWrite, what: moveFile},
			{slot: 2, step: 3, match: aSync, what: failover},
		},
	}},
	{"a worker is killed, its file removed, the next one of its name cannot start, and the power cut takes the word of the last batch", plan{
		seed: 166837, schedule: 9044575558714279402, workers: 3, channels: 1, entries: 4, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 149, match: anyStep, what: kill, also: removeFile, pause: 1000 * time.Microsecond},
			{slot: 0, step: 15, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 4096},
			{slot: 2, step: 0, match: aWrite, what: fail, err: syscall.EIO, times: 5, short: 5000},
			{slot: 2, step: 6, match: anyStep, what: powerCut},
			{slot: 2, step: 18, match: anyStep, what: failover},
		},
	}},
	{"a part of a line is not taken back at once, another worker writes that line meanwhile, and nothing else is to be appended", plan{
		seed: 150308, schedule: 10265660040162888038, workers: 2, channels: 2, entries: 4, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 60, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 0, match: aLock, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 9, match: anyStep, what: kill, pause: 30000 * time.Microsecond},
			{slot: 1, step: 7, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 30},
			{slot: 0, step: 16, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 1},
			{slot: 0, step: 16, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 1},
			{slot: 0, step: 2, match: anAppend, what: fail, err: syscall.EIO, times: 5, short: 1},
		},
	}},
	{"the kernel drops a line, whose sync had failed, another worker appends behind its zeros, and its process is killed", plan{
		seed: 19836, schedule: 19836, workers: 2, channels: 1, entries: 3, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 4, match: aWrite, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 100, match: anyStep, what: kill, pause: 8000000 * time.Microsecond},
			{slot: 0, step: 8, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 30},
		},
	}},
	{"a line like that is removed, and who does so is killed before he can write it down", plan{
		seed: 100430, schedule: 2292769937420196454, workers: 1, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 11, match: aSync, what: kill},
			{slot: 0, step: 9, match: anyStep, what: kill, pause: 8 * time.Second},
			{slot: 0, step: 171, match: anyStep, what: kill, pause: 8 * time.Second},
			{slot: 0, step: 18, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 9, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 5000},
		},
	}},
	{"the kernel drops a line, whose sync had failed, after a power cut, another worker appends behind its zeros, and its process writes it again", plan{
		seed: 23286, schedule: 23286, workers: 2, channels: 2, entries: 5, batch: 2, length: 20,
		rest: 0, lull: 0, kernel: 20, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 1, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 5000},
			{slot: 1, step: 10, match: aSync, what: fail, err: syscall.EIO, times: 2, short: 0},
			{slot: 0, step: 1, match: aWrite, what: fail, err: syscall.EIO, times: 1, short: 100},
			{slot: 1, step: 7, match: anyStep, what: powerCut},
		},
	}},
	{"the kernel drops the first page of what a killed worker wrote, when its lines were found, and a part of one stands behind it", plan{
		seed: 47191, schedule: 9949863897334233495, workers: 3, channels: 1, entries: 5, batch: 4, length: 6000,
		rest: 5, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		others:    []other{{locks: false, lines: 3, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 4, match: anAppend, what: kill},
			{slot: keeperSlot, step: 12, match: anyStep, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 12, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 30},
		},
	}},
	{"the same, and PHP has appended right behind that part", plan{
		seed: 47191, schedule: 9949863897334233495, workers: 3, channels: 1, entries: 5, batch: 4, length: 6000,
		rest: 5, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz", KeepDays: 0, KeepFiles: 0, KeepBytes: 0},
		others:    []other{{locks: false, lines: 4, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 4, match: anAppend, what: kill},
			{slot: keeperSlot, step: 12, match: anyStep, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 12, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 30},
		},
	}},
	{"the kernel drops lines and the word that they were appended, upon which another worker has appended equal ones behind them", plan{
		seed: 30292, schedule: 30292, workers: 2, channels: 1, entries: 10, batch: 2, length: 20,
		rest: 150, lull: 100, kernel: 300, claims: 0, texts: 2, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 1, step: 21, match: aSync, what: kill},
			{slot: 0, step: 17, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 1},
			{slot: 1, step: 19, match: aSync, what: fail, err: syscall.EIO, times: 3, short: 5000},
			{slot: 0, step: 9, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 5000},
			{slot: 0, step: 5, match: aWrite, what: fail, err: syscall.ENOSPC, times: 6, short: 1000},
			{slot: 1, step: 14, match: aLock, what: powerCut},
			{slot: 1, step: 157, match: anyStep, what: powerCut},
		},
	}},
	{"the kernel drops a page that begins in the middle of a line, and PHP appends behind its zeros", plan{
		seed: 65496, schedule: 65496, workers: 2, channels: 1, entries: 8, batch: 8, length: 1500,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: false, slot: 9}},
		events: []event{
			{slot: 0, step: 6, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 5000},
		},
	}},
	{"the power cut takes the line feed with which a worker has ended such zeros", plan{
		seed: 65541, schedule: 65541, workers: 4, channels: 3, entries: 6, batch: 1, length: 20,
		rest: 15, lull: 5, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 6108, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 3, step: 16, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 0},
			{slot: 0, step: 105, match: anyStep, what: powerCut},
		},
	}},
	{"a full disk cuts a write short, PHP appends equal lines behind it before it goes on, and its process is killed", plan{
		seed: 40320, schedule: 40320, workers: 2, channels: 1, entries: 2, batch: 2, length: 3000,
		rest: 30, lull: 15, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 6, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 6, match: aWrite, what: kill, pause: 1000 * time.Microsecond},
			{slot: 0, step: 3, match: aWrite, what: fail, err: syscall.ENOSPC, times: 5, short: 1000},
		},
	}},
	{"a full disk cuts a write short, its process is killed, and PHP appends behind it before anybody has looked", plan{
		seed: 63717, schedule: 524561960512752873, workers: 1, channels: 1, entries: 2, batch: 4, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: true, lines: 1, equal: false, slot: 8}},
		events: []event{
			{slot: 0, step: 2, match: anAppend, what: kill, pause: 8 * time.Second},
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.ENOSPC, times: 6, short: 30},
		},
	}},
	{"a worker ends, the sync of its journal fails, its file is removed, the kernel drops the word of its last batch, and Redis forgets that", plan{
		seed: 38244, schedule: 10685905297104353105, workers: 2, channels: 1, entries: 11, batch: 4, length: 20,
		rest: 0, lull: 0, kernel: 300, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 15, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 1, step: 0, match: aWrite, what: removeFile},
			{slot: 1, step: 3, match: anyStep, what: failover},
		},
	}},
	{"a part of a line is cut off, and the power is cut before that is on disk", plan{
		seed: 9215, schedule: 941506815571033382, workers: 2, channels: 1, entries: 1, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 0, match: anAppend, what: fail, err: syscall.EIO, times: 2, short: 30},
			{slot: 1, step: 9, match: anyStep, what: powerCut},
		},
	}},
	{"the power cut keeps a page of the whole line before it, too", plan{
		seed: 5472, schedule: 14113150653695850278, workers: 2, channels: 1, entries: 2, batch: 2, length: 6000,
		rest: 0, lull: 0, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		events: []event{
			{slot: 0, step: 1, match: anAppend, what: fail, err: syscall.EIO, times: 3, short: 1000},
			{slot: 1, step: 20, match: anyStep, what: powerCut},
		},
	}},
	{"a worker is killed before it appends, and PHP appends the first of its lines there, and one that begins like the next", plan{
		seed: 31204, schedule: 31204, workers: 3, channels: 1, entries: 10, batch: 4, length: 1500,
		rest: 150, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 8, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 89, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
		},
	}},
	{"a kill leaves a few bytes of a line behind a whole one, and PHP appends behind them", plan{
		seed: 31204, schedule: 31204, workers: 3, channels: 1, entries: 10, batch: 4, length: 1500,
		rest: 150, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 8, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 97, match: anyStep, what: kill, pause: 1000 * time.Microsecond},
		},
	}},
	{"PHP appends a line equal to the first of a block, and another one over the end of a page, between the look at the size and the write of the block", plan{
		seed: 40320, schedule: 40320, workers: 2, channels: 2, entries: 4, batch: 4, length: 6000,
		rest: 30, lull: 15, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 5, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 6, match: aWrite, what: kill, pause: 1000 * time.Microsecond},
		},
	}},
	{"PHP appends a line equal to the first of a block between the look at the size and the write of the block, and a kill cuts that short", plan{
		seed: 125073, schedule: 125073, workers: 3, channels: 1, entries: 4, batch: 4, length: 6000,
		rest: 150, lull: 100, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 1, equal: true, slot: 8}},
		events: []event{
			{slot: 1, step: 3, match: anAppend, what: kill, pause: 30000 * time.Microsecond},
		},
	}},
	{"the same, behind the place of the block", plan{
		seed: 150347, schedule: 150347, workers: 2, channels: 1, entries: 6, batch: 4, length: 3000,
		rest: 150, lull: 30, kernel: 0, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		others: []other{{locks: false, lines: 7, equal: true, slot: 8}},
		events: []event{
			{slot: 0, step: 5, match: anAppend, what: kill},
		},
	}},
	{"a sync of a journal fails, its process is killed, the kernel drops the word of its last batch, which retention has read, the file is compressed, and Redis forgets that", plan{
		seed: 1958, schedule: 1958, workers: 1, channels: 1, entries: 2, batch: 1, length: 20,
		rest: 0, lull: 0, kernel: 100, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz"},
		events: []event{
			{slot: 0, step: 0, match: aSync, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 11, match: aSync, what: fail, err: syscall.EIO, times: 5, short: 0},
			{slot: 0, step: 12, match: aWrite, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 29, match: anyStep, what: powerCut},
			{slot: 0, step: 186, match: anyStep, what: failover},
		},
	}},
	{"PHP's line comes between a worker's look and its append, the worker is killed, its lines are found and cannot be synced, and the kernel drops them when they are compressed", plan{
		seed: 1644, schedule: 1644, workers: 2, channels: 1, entries: 2, batch: 1, length: 3000,
		rest: 1000, lull: 5, kernel: 210, claims: 0, texts: 0, files: 0, rotate: 0, mode: sink.SyncBatch, journal: largeJournal,
		retention: retention.Options{Compress: ".gz"},
		others:    []other{{locks: false, lines: 14, equal: false, slot: 8}},
		events: []event{
			{slot: 1, step: 100, match: anyStep, what: kill, pause: time.Millisecond},
			{slot: 1, step: 13, match: aSync, what: fail, err: syscall.EIO, times: 1, short: 0},
			{slot: 1, step: 16, match: aWrite, what: kill, pause: 130 * time.Second},
			{slot: 0, step: 6, match: anyStep, what: kill, pause: 130 * time.Second},
		},
	}},
}

func TestRegressions(t *testing.T) {
	known := readPlayed(t)
	for _, r := range regressions {
		t.Run(r.name, func(t *testing.T) {
			res := execute(t, &r.plan, openSink, false)
			if _, ok := known[r.name]; !ok && *learn {
				known[r.name] = res.played
			}
			if res.wrong != nil {
				t.Error(res.wrong)
				tellFailure(t, &r.plan, openSink)
			} else {
				checkPlayed(t, &r.plan, res, known[r.name])
			}
		})
	}
	if *learn {
		writePlayed(t, known)
	}
}

// row returns the plan as a row of the regressions.
func (p *plan) row(kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{%q, plan{\n\tseed: %d, schedule: %d, workers: %d, channels: %d, entries: %d, batch: %d, length: %d,\n\trest: %d, lull: %d, kernel: %d, claims: %d, texts: %d, files: %d, rotate: %d, mode: %s, journal: %s,\n",
		kind, p.seed, p.schedule, p.workers, p.channels, p.entries, p.batch, p.length,
		p.rest, p.lull, p.kernel, p.claims, p.texts, p.files, p.rotate,
		[...]string{"sink.SyncBatch", "sink.SyncInterval", "sink.SyncNever"}[p.mode],
		map[bool]string{true: "smallJournal", false: "largeJournal"}[p.journal == smallJournal])
	if p.modes != nil {
		fmt.Fprintf(&b, "\tmodes: %#v,\n", p.modes)
	}
	if p.bad > 0 {
		fmt.Fprintf(&b, "\tbad: %d,\n", p.bad)
	}
	if p.renewed > 0 {
		fmt.Fprintf(&b, "\trenewed: %d,\n", p.renewed)
	}
	if !p.retention.IsIdle() {
		fmt.Fprintf(&b, "\tretention: retention.Options{Compress: %q, KeepDays: %d, KeepFiles: %d, KeepBytes: %d},\n",
			p.retention.Compress, p.retention.KeepDays, p.retention.KeepFiles, p.retention.KeepBytes)
	}
	if len(p.others) > 0 {
		b.WriteString("\tothers: []other{")
		for _, o := range p.others {
			fmt.Fprintf(&b, "{locks: %t, lines: %d, equal: %t, slot: %d}, ", o.locks, o.lines, o.equal, o.slot)
		}
		b.WriteString("},\n")
	}
	if len(p.events) > 0 {
		b.WriteString("\tevents: []event{\n")
		for _, e := range p.events {
			fmt.Fprintf(&b, "\t\t{slot: %d, step: %d, match: %s, what: %s", e.slot, e.step, matchConstants[e.match], whatConstants[e.what])
			if e.what == fail {
				fmt.Fprintf(&b, ", err: %s, times: %d, short: %d", errnoConstants[e.err], e.times, e.short)
			}
			if e.also != kill {
				fmt.Fprintf(&b, ", also: %s", whatConstants[e.also])
			}
			if e.pause == forGood {
				b.WriteString(", pause: forGood")
			} else if e.pause != 0 {
				fmt.Fprintf(&b, ", pause: %d * time.Microsecond", e.pause/time.Microsecond)
			}
			b.WriteString("},\n")
		}
		b.WriteString("\t},\n")
	}
	return b.String() + "}},\n"
}

var (
	matchConstants = [...]string{"anyStep", "aWrite", "anAppend", "aSync", "aLock", "aRedisStep"}
	whatConstants  = [...]string{"kill", "stop", "fail", "powerCut", "failover", "moveFile", "removeFile", "jump", "wait"}
	errnoConstants = map[syscall.Errno]string{
		syscall.ENOSPC: "syscall.ENOSPC", syscall.EDQUOT: "syscall.EDQUOT", syscall.EIO: "syscall.EIO", syscall.EMFILE: "syscall.EMFILE",
		syscall.ENOLCK: "syscall.ENOLCK", syscall.EACCES: "syscall.EACCES",
	}
)
