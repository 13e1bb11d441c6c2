<?php

// Prints what PHP's own tokenizer finds in each file below the directories that are given: classes, with their kinds,
// attributes' names and methods. Started by parse_php_test.go.

declare(strict_types=1);

function declarations(string $source): array
{
    $tokens = array_values(array_filter(PhpToken::tokenize($source, TOKEN_PARSE), static fn (PhpToken $t): bool => !$t->isIgnorable()));
    $found = $open = [];
    $depth = 0;
    foreach ($tokens as $i => $t) {
        $before = $i > 0 ? $tokens[$i - 1] : null;
        $next = $tokens[$i + 1] ?? null;
        if ($t->is(['{', T_CURLY_OPEN, T_DOLLAR_OPEN_CURLY_BRACES])) {
            ++$depth;
        } elseif ($t->is('}') && --$depth === end($open)) {
            array_pop($open);
        } elseif ($t->is([T_CLASS, T_INTERFACE, T_TRAIT, T_ENUM]) && !$before?->is([T_NEW, T_DOUBLE_COLON]) && $next?->is(T_STRING)
            && !anonymous($tokens, $i)) {
            $found[] = ['kind' => strtolower($t->text), 'name' => $next->text, 'line' => $next->line, 'methods' => []];
            $open[] = $depth;
        } elseif ($t->is(T_FUNCTION) && 1 === count($open) && $depth === end($open) + 1 && !$before?->is([T_USE])) {
            $name = $next->is(['&', T_AMPERSAND_NOT_FOLLOWED_BY_VAR_OR_VARARG, T_AMPERSAND_FOLLOWED_BY_VAR_OR_VARARG]) ? $tokens[$i + 2] : $next;
            if (!$name->is('(')) {
                $found[array_key_last($found)]['methods'][] = $name->text;
            }
        }
    }

    return $found;
}

// new #[A] readonly class
function anonymous(array $tokens, int $i): bool
{
    return !$tokens[$i + 1]->is(T_STRING);
}

$all = [];
foreach (array_slice($argv, 1) as $dir) {
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($dir, FilesystemIterator::SKIP_DOTS)) as $file) {
        if ('php' === $file->getExtension()) {
            try {
                $all[] = ['file' => $file->getPathname(), 'classes' => declarations(file_get_contents($file->getPathname()))];
            } catch (ParseError) { // a template for another release
            }
        }
    }
}
echo json_encode($all, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
