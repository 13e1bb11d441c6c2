package phpserialize

import "testing"

// The model: every value in order, with its node and how many slots it takes.
func TestSlotMap(t *testing.T) {
	const value, reference, custom = 'v', 'R', 'C' // custom: a C: object and its payload, which holds hidden slots
	tests := []struct {
		name   string
		values string
		hidden int
	}{
		{"values alone", "vvvvv", 0},
		{"references between", "vRvRRvvR", 0},
		{"references first", "vRRRRv", 0},
		{"opaque payloads", "vCvCCv", 0},
		{"payloads with slots", "vCvCCvRvC", 3},
		{"all in turn", "vCRvRCvCCRRvvC", 2},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var m slotMap
			m.reset()
			type place struct{ node, inside uint32 }
			want := map[uint32]place{}
			node, slot := uint32(0), uint32(1)
			for _, kind := range c.values {
				if got := m.slotOf(int(node)); got != slot {
					t.Fatalf("slotOf(%d) = %d, want %d", node, got, slot)
				}
				switch kind {
				case value:
					want[slot] = place{node, 0}
					node, slot = node+1, slot+1
				case reference:
					m.skip(int(node))
					node++
				case custom:
					want[slot] = place{node, 0}
					m.hide(int(node)+1, c.hidden)
					for i := range uint32(c.hidden) {
						want[slot+1+i] = place{node + 1, i + 1}
					}
					node, slot = node+2, slot+1+uint32(c.hidden)
				}
			}
			for slot, p := range want {
				if node, inside := m.find(slot); node != p.node || inside != p.inside {
					t.Errorf("find(%d) = %d, %d, want %d, %d", slot, node, inside, p.node, p.inside)
				}
			}
		})
	}
}
