package cli

import "fmt"

// didYouMean returns a question, with a space before it, about the name that wrong was probably meant to be, or
// nothing. The prefix is what names are written with.
func didYouMean(wrong string, names []string, prefix string) string {
	best, least := "", len(wrong)/3+1
	for _, name := range names {
		if d := distance(wrong, name); d <= least && (best == "" || d < least) {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(` Did you mean "%s%s"?`, prefix, best)
}

// distance returns the number of bytes to insert, delete or replace to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
