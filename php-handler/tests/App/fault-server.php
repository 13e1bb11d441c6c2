<?php

declare(strict_types=1);

// A server that misbehaves: php fault-server.php MODE [PORT OF A REDIS]. It prints its port, and then a line for each
// connection. Modes:
//   drip          a byte of a reply that never ends, every 20 ms
//   slow:SECONDS  answers each command +OK after so long
//   say:TEXT      sends the text and closes, at once
//   backlog       accepts nothing; its queue of connections is full
//   deaf:SECONDS  passes everything on to Redis; a connection that was idle for so long is never answered again, nor closed
//   lose:N,COUNT  passes everything on; after N scripts, takes the reply to COUNT scripts, and closes
//   mute:N,COUNT  passes everything on; after N scripts, takes the reply to COUNT scripts, and stays silent

[, $mode, $redis] = $argv + [2 => '0'];
[$mode, $value] = explode(':', $mode, 2) + [1 => '0'];
$server = stream_socket_server('tcp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, stream_context_create(['socket' => ['backlog' => 'backlog' === $mode ? 1 : 128]]));
$address = stream_socket_get_name($server, false);
$queue = [];
if ('backlog' === $mode) {
    for ($i = 0; $i < 8; ++$i) {
        $queue[] = @stream_socket_client("tcp://$address", $code, $message, 0.05);
    }
}
echo substr(strrchr($address, ':'), 1), "\n";
if ('backlog' === $mode) {
    fgets(STDIN); // until the test is over

    exit;
}
$peers = $usedAt = $due = [];
[$skip, $count] = array_map(intval(...), explode(',', $value) + [1 => '0']);
$scripts = 0;
while (true) {
    $read = [$server, STDIN, ...array_column($peers, 'client'), ...array_filter(array_column($peers, 'redis'))];
    $write = $except = [];
    stream_select($read, $write, $except, 0, 20000);
    if (in_array(STDIN, $read, true)) {
        exit;
    }
    if (in_array($server, $read, true) && $client = @stream_socket_accept($server, 0)) {
        echo "connection\n";
        if ('say' === $mode) {
            fwrite($client, $value);
            fclose($client);
            continue;
        }
        $peers[] = ['client' => $client, 'redis' => '0' === $redis ? null : stream_socket_client("tcp://127.0.0.1:$redis"), 'script' => false, 'deaf' => false, 'used' => microtime(true), 'due' => []];
    }
    foreach ($peers as $i => &$peer) {
        if ('drip' === $mode && false === @fwrite($peer['client'], '+')) {
            unset($peers[$i]);
            continue;
        }
        if ('deaf' === $mode && microtime(true) - $peer['used'] > (float) $value) {
            $peer['deaf'] = true;
        }
        if (in_array($peer['client'], $read, true)) {
            $bytes = fread($peer['client'], 1 << 20);
            if ('' === $bytes || false === $bytes) {
                unset($peers[$i]);
                continue;
            }
            $peer['used'] = microtime(true);
            $peer['script'] = $peer['script'] || str_contains($bytes, 'EVAL');
            if (!$peer['deaf'] && null !== $peer['redis']) {
                fwrite($peer['redis'], $bytes);
            }
            for ($n = 'slow' === $mode ? preg_match_all('/^\*\d+\r$/m', $bytes) : 0; $n > 0; --$n) {
                $peer['due'][] = max(microtime(true), ...$peer['due'] ?: [0]) + (float) $value;
            }
        }
        if (null !== $peer['redis'] && in_array($peer['redis'], $read, true)) {
            $bytes = fread($peer['redis'], 1 << 20);
            if ($peer['script'] && in_array($mode, ['lose', 'mute'], true) && ++$scripts > $skip && $scripts <= $skip + $count) {
                if ('lose' === $mode) {
                    unset($peers[$i]);
                }
                $peer['deaf'] = true;
                continue;
            }
            if (!$peer['deaf']) {
                @fwrite($peer['client'], (string) $bytes);
                $peer['script'] = false;
            }
        }
        if ($peer['due'] && microtime(true) >= $peer['due'][0]) {
            array_shift($peer['due']);
            @fwrite($peer['client'], "+OK\r\n");
        }
    }
    unset($peer);
}
