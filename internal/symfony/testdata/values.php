<?php

// Answers from PHP for single functions, for the tests that compare with them: {"yaml": [...], "sort": [[...]]} as JSON on
// standard input. Started by values_php_test.go.

declare(strict_types=1);

use Symfony\Component\Yaml\Tag\TaggedValue;
use Symfony\Component\Yaml\Yaml;

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
require_once 'Symfony/Component/Yaml/autoload.php';

// Each value with its type, since JSON has fewer types than PHP.
function typed(mixed $value): string|array
{
    if ($value instanceof TaggedValue) {
        return 'tagged';
    }
    if (is_array($value)) {
        $items = [];
        foreach ($value as $key => $item) {
            $items[] = [(string) $key, typed($item)];
        }

        return $items;
    }

    return match (true) {
        null === $value => 'null',
        is_bool($value) => 'bool '.($value ? 'true' : 'false'),
        is_int($value) => 'int '.$value,
        is_float($value) => 'float '.bin2hex(pack('E', $value)),
        default => 'text '.base64_encode($value),
    };
}

function yaml(string $document): string|array
{
    try {
        return typed(Yaml::parse(base64_decode($document, true), Yaml::PARSE_CONSTANT | Yaml::PARSE_CUSTOM_TAGS));
    } catch (Throwable) { // ParseException, and what some releases throw where they should not
        return 'error';
    }
}

function sorted(array $names): array
{
    natsort($names);

    return array_values($names);
}

$input = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
echo json_encode(['yaml' => array_map(yaml(...), $input['yaml']), 'sort' => array_map(sorted(...), $input['sort']),
    'octal' => 511 === Yaml::parse('0777')], JSON_THROW_ON_ERROR);
