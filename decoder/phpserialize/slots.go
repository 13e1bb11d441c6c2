package phpserialize

import "sort"

// slotMap finds the node of a slot. Slots and nodes run in step except for R: nodes, which have no slot, and the payloads
// of C: objects, which are one node without a slot but may hold many slots. So it keeps only the bends: from bend.slot
// on, up to the next one, slot s is node bend.node + s - bend.slot.
type slotMap struct {
	bends []bend
}

type bend struct {
	slot, node uint32
	opaque     bool // the slots from here to the next bend are all inside node, the payload of a C: object
}

func (m *slotMap) reset() { m.bends = append(m.bends[:0], bend{slot: 1}) }

// slotOf returns the slot of a node behind all bends.
func (m *slotMap) slotOf(node int) uint32 {
	last := m.bends[len(m.bends)-1]
	return last.slot + uint32(node) - last.node
}

// skip notes that node, the latest, has no slot.
func (m *slotMap) skip(node int) {
	m.bends = append(m.bends, bend{slot: m.slotOf(node), node: uint32(node) + 1})
}

// hide notes that node, the latest, is a payload that holds n slots.
func (m *slotMap) hide(node, n int) {
	slot := m.slotOf(node)
	m.bends = append(m.bends,
		bend{slot: slot, node: uint32(node), opaque: true},
		bend{slot: slot + uint32(n), node: uint32(node) + 1})
}

// find returns the node at slot, which must be below that of the latest node. When the slot is inside a payload, node
// is the payload, and inside counts from 1 within it; otherwise inside is 0.
func (m *slotMap) find(slot uint32) (node, inside uint32) {
	i := len(m.bends) - 1
	if m.bends[i].slot > slot {
		i = sort.Search(len(m.bends), func(i int) bool { return m.bends[i].slot > slot }) - 1
	}
	b := m.bends[i]
	if b.opaque {
		return b.node, slot - b.slot + 1
	}
	return b.node + slot - b.slot, 0
}
