// Package top draws queues, consumers and files on a terminal, every two seconds.
//
// # Rules
//
//   - What is drawn fits the terminal, down to 80 columns and 24 lines; below that, lines are cut.
//   - Text of a log or a queue is escaped before it is drawn: it cannot move the cursor.
//   - It changes nothing; the keys only change the view.
package top
