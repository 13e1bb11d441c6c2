// Package dotenv reads the .env files of a Symfony application as symfony/dotenv does, without running PHP or a shell.
//
// Model: a file is lexed into assignments, each a name and the quoted and bare parts of its value, with the line on which
// it stands. Load puts the real environment and up to four files into one Environment and resolves the references
// ($NAME, ${NAME}, ${NAME:-default}, ${NAME:=default}) between them.
//
// Rules:
//   - The real environment wins over every file, a later file over an earlier one: .env (or .env.dist when there is no
//     .env), .env.local (not in test), .env.$APP_ENV, .env.$APP_ENV.local. A .env.local.php that is made for this
//     APP_ENV, or for none, stands for all of them.
//   - symfony/dotenv has two ways to resolve a reference. Releases since 6.4.35, 7.4.7 and 8.0.7 read all files first, so
//     that .env.local can change a part of a value that .env composes; older ones resolve each file as it is read.
//     Options.Eager chooses the older way.
//   - A command substitution, $(...), is never run: the variable, and each one that refers to it, carries a
//     *CommandError, and everything else stays usable.
//   - Errors name file, line, column and variable. No error holds a value, since values are secrets.
//
// Source of the behaviour: symfony/dotenv 5.4.53, 6.4.50, 7.4.21 and 8.1.10, Dotenv.php; the tests compare with it.
package dotenv
