package footprint

import "testing"

func resident() (kib int) {
	for _, m := range programMappings() {
		kib += m.resident
	}
	return kib
}

func TestTheProgramIsGivenBackAndStillRuns(t *testing.T) {
	before := resident()
	if before == 0 {
		t.Fatal("nothing of the program is found in memory")
	}
	unmapProgram()
	if after := resident(); after >= before {
		t.Errorf("%d KiB of the program are resident, before %d KiB", after, before)
	}
}
