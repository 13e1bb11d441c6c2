// Package top draws on a terminal how queues, consumers and files are, and again every two seconds.
//
// # Rules
//
//   - What is drawn fits the terminal, down to 80 columns and 24 lines; below that, lines are cut.
//   - Text of a log or a queue is escaped before it is drawn: it cannot move the cursor.
//   - Nothing is changed; the keys are about the view alone.
package top
