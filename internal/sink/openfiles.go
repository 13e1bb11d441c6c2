package sink

import (
	"container/list"
	"sync/atomic"
)

// openFiles are the files that have a descriptor, the most recently used first.
type openFiles struct {
	list  list.List
	count atomic.Int64 // of the list, for those who must not wait for a Commit
}

func (o *openFiles) len() int { return o.list.Len() }

func (o *openFiles) add(f *file) {
	f.place = o.list.PushFront(f)
	o.count.Add(1)
}

func (o *openFiles) touch(f *file) { o.list.MoveToFront(f.place) }

func (o *openFiles) remove(f *file) {
	o.list.Remove(f.place)
	o.count.Add(-1)
}

// oldest returns the file that was not used for longest; there must be one.
func (o *openFiles) oldest() *file { return o.list.Back().Value.(*file) }

// all returns the files that match.
func (o *openFiles) all(match func(*file) bool) (files []*file) {
	for e := o.list.Front(); e != nil; e = e.Next() {
		if f := e.Value.(*file); match(f) {
			files = append(files, f)
		}
	}
	return files
}
