package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"envelog/internal/age"
	"envelog/internal/config"
	"envelog/internal/quantity"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// examineServer looks at what may lose a stream.
func examineServer(check string, i redis.Inspection, found *Findings) {
	switch {
	case i.EvictionPolicy == "":
		found.warn(check, "it does not say whether it may evict the stream", "see maxmemory-policy in its configuration: noeviction keeps all")
	case strings.HasPrefix(i.EvictionPolicy, "allkeys-"):
		found.warn(check, fmt.Sprintf("maxmemory-policy is %s: when memory runs out, the whole stream may be deleted", i.EvictionPolicy),
			"set maxmemory-policy noeviction, or use separate servers for logs and cache")
	default:
		found.ok(check, "it does not evict the stream (maxmemory-policy %s)", i.EvictionPolicy)
	}
	if i.MaxMemory > 0 && i.UsedMemory > i.MaxMemory/10*9 {
		found.warn(check, fmt.Sprintf("%s of %s of its memory are used", quantity.Bytes(uint64(i.UsedMemory)), quantity.Bytes(uint64(i.MaxMemory))),
			"raise maxmemory, or start another worker: an application cannot log when Redis is full")
	}
	switch {
	case i.AppendOnly == 1 || i.SnapshotsKnown && i.Snapshots != "":
		found.ok(check, "what is on the stream survives a restart")
	case i.AppendOnly == 0 && i.SnapshotsKnown:
		found.warn(check, "persistence is off: a restart loses what is on the stream", "set appendonly yes")
	default:
		found.warn(check, "it does not say whether it keeps its data through a restart", "see appendonly and save in its configuration")
	}
}

// examineRights names what the user of a transport may not do. An error is told by other checks. It has a name of its own, so
// that who looks with another user than the worker's can skip it.
func examineRights(ctx context.Context, transport string, ask func(context.Context) ([]redis.Lack, error), found *Findings) {
	lacks, _ := ask(ctx)
	for _, l := range lacks {
		rights := strings.Join(l.Rights, " ")
		text, cure := fmt.Sprintf("the user of the DSN lacks the rights %s: %s", rights, l.Without), "on the server, ACL SETUSER with the name of that user and "+rights+"; docs/redis.md has all rights"
		if l.Stops {
			found.problem("rights of "+transport, text, cure)
		} else {
			found.warn("rights of "+transport, text, cure)
		}
	}
}

// sharedName is Symfony's default name of a consumer, the same for every process that is not told another one.
const sharedName = "consumer"

// active is how long ago a consumer may have read that counts as running.
const active = time.Minute

// remedies are the commands that help a transport.
type remedies struct {
	config.Invocation
	transport string
}

// Command returns a command with the transport as its argument, behind options of its own.
func (r remedies) Command(name string, options ...string) string {
	return r.Invocation.Command(name, append(options, r.transport)...)
}

// examineGroup looks at the group and who is in it.
func examineGroup(check string, config redis.Config, i redis.Inspection, help remedies, found *Findings) {
	if !i.Group {
		cure := "start " + help.Command("messenger:consume") + ", or run " + help.Command("messenger:setup-transports")
		if i.Length == 0 {
			found.warn(check, fmt.Sprintf("the group %s is not there, nor any message", config.Group), cure+"; does the application log to this stream?")
		} else {
			found.warn(check, fmt.Sprintf("the group %s is not there, so that nobody has ever read its %s", config.Group, quantity.Count(int(i.Length), "message", "messages")), cure)
		}
		return
	}
	running := 0
	for _, c := range i.Consumers {
		if c.Runs(active) {
			running++
		}
		if c.Name == sharedName && c.Runs(active) && i.Readers != 1 {
			found.warn(check, `a consumer is called "consumer", Symfony's default name, which processes share without knowing`,
				"name it: ?consumer= in the DSN of PHP's workers; envelog takes the host's name by itself")
		}
		if c.Pending > 0 && !c.Runs(active) {
			found.warn(check, fmt.Sprintf("%s pending for the consumer %s, which has not read for %s", quantity.Count(c.Pending, "entry is", "entries are"), c.Name, age.Of(time.Now().Add(-c.Idle))),
				fmt.Sprintf("start that consumer again, or hand them to the others with %s; workers claim them by themselves after redeliver_timeout (%s)", help.Command("claim", "--from="+c.Name), config.RedeliverTimeout))
		} else if c.Pending > 0 {
			found.ok(check, "%s in flight with the consumer %s", quantity.Count(c.Pending, "entry is", "entries are"), c.Name)
		}
	}
	if running == 0 {
		text := fmt.Sprintf("no consumer of the group %s has read for a minute", config.Group)
		if len(i.Consumers) == 0 { // a worker of envelog takes its name along when it ends
			text = fmt.Sprintf("the group %s has no consumer: no worker runs", config.Group)
		}
		found.warn(check, text, "start "+help.Command("messenger:consume")+"; on a host this tells whether it runs: "+help.Invocation.Command("health"))
		return
	}
	found.ok(check, "consumers of the group %s that are running: %d", config.Group, running)
}

// late is the age at which a message that waits is worth a word.
const late = 5 * time.Minute

// examineCounts looks at what is on the stream.
func examineCounts(check string, config redis.Config, i redis.Inspection, n transport.Counts, found *Findings) {
	if n.Waiting > 0 && time.Since(n.Oldest) > late {
		found.warn(check, fmt.Sprintf("%s, the oldest of all is %s old", quantity.Count(n.Waiting, "message waits", "messages wait"), age.Of(n.Oldest)), "start a worker, or another one")
	} else {
		found.ok(check, "%s, the oldest of all: %s", quantity.Count(n.Waiting, "message waits", "messages wait"), age.Of(n.Oldest))
	}
	if left := i.Length - int64(n.Waiting+n.Pending); !config.DeleteAfterAck && config.MaxEntries == 0 && left > 0 {
		found.warn(check, fmt.Sprintf("delete_after_ack is off: %s still on the stream, which grows", quantity.Count(int(left), "message that was handled is", "messages that were handled are")),
			"set delete_after_ack=true, or stream_max_entries")
	}
}

// readerCount has, for each server and database, the connections that read, and the consumers that are running.
type readerCount map[string]*struct{ connections, consumers int }

func (r readerCount) add(config redis.Config, i redis.Inspection) {
	key := fmt.Sprintf("%s, database %d", config.Addr, config.DB)
	if r[key] == nil {
		r[key] = &struct{ connections, consumers int }{connections: i.Readers}
	}
	for _, c := range i.Consumers {
		if c.Runs(active) {
			r[key].consumers++
		}
		if c.Alive { // it may read ahead on a second connection
			r[key].consumers++
		}
	}
}

// report says where more connections read than there are consumers. Those may read other streams, so that it is a hint.
func (r readerCount) report(found *Findings) {
	for server, n := range r {
		if n.connections > n.consumers {
			found.warn("Redis at "+server, fmt.Sprintf("%d connections read as consumers, and %s running: two may have one name, and write messages twice", n.connections, quantity.Count(n.consumers, "consumer is", "consumers are")),
				"give each worker its own --consumer; if workers of other streams are connected there, all is well")
		}
	}
}
