<?php

// Prints what PHP's filters make of each text of a JSON list on standard input: bool, int and float, null where the text
// is not valid, and the text of floats. Started by filter_php_test.go.

declare(strict_types=1);

$input = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$answers = [];
foreach ($input['texts'] as $encoded) {
    $text = base64_decode($encoded, true);
    $float = filter_var($text, FILTER_VALIDATE_FLOAT, FILTER_NULL_ON_FAILURE);
    $answers[] = [
        'bool' => filter_var($text, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE),
        'int' => filter_var($text, FILTER_VALIDATE_INT, FILTER_NULL_ON_FAILURE),
        'float' => null === $float ? null : bin2hex(pack('E', $float)),
    ];
}
$floats = array_map(static fn (string $bits): string => (string) unpack('E', hex2bin($bits))[1], $input['floats']);
echo json_encode(['filtered' => $answers, 'floats' => $floats], JSON_THROW_ON_ERROR);
