<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * Reads replies of RESP 2 out of bytes that arrive in any pieces:
 *
 *     +OK\r\n   -ERR text\r\n   :42\r\n   $5\r\nhello\r\n   $-1\r\n   *2\r\n:1\r\n:2\r\n
 */
final class ReplyReader
{
    /** No reply to what is sent here comes near to that. */
    private const MAX_BYTES = 1 << 20;
    private const MAX_DEPTH = 8;

    private string $bytes = '';
    private int $at = 0;

    public function feed(string $bytes): void
    {
        $this->bytes .= $bytes;
        if (\strlen($this->bytes) > self::MAX_BYTES) {
            throw new ConnectionLost('the server sent a reply that is too long');
        }
    }

    /**
     * @return array{mixed}|null the next reply, an ErrorReply among them; null when it has not arrived completely
     */
    public function next(): ?array
    {
        $this->at = 0;
        $reply = $this->read(0);
        if (null !== $reply) {
            $this->bytes = substr($this->bytes, $this->at);
        }

        return $reply;
    }

    /** @return array{mixed}|null */
    private function read(int $depth): ?array
    {
        if (false === $end = strpos($this->bytes, "\r\n", $this->at)) {
            return null;
        }
        $type = $this->bytes[$this->at];
        $line = substr($this->bytes, $this->at + 1, $end - $this->at - 1);
        $this->at = $end + 2;

        return match (true) {
            '+' === $type => [$line],
            '-' === $type => [new ErrorReply($line)],
            ':' === $type && 1 === preg_match('/^-?\d{1,19}$/D', $line) => [(int) $line],
            '$' === $type && 1 === preg_match('/^(-1|\d{1,9})$/D', $line) => $this->bulk((int) $line),
            '*' === $type && 1 === preg_match('/^(-1|\d{1,6})$/D', $line) && $depth < self::MAX_DEPTH => $this->items((int) $line, $depth),
            default => throw new ConnectionLost('the server does not speak the protocol of Redis'),
        };
    }

    /** @return array{string|null}|null */
    private function bulk(int $length): ?array
    {
        if ($length < 0) {
            return [null];
        }
        if (\strlen($this->bytes) < $this->at + $length + 2) {
            return null;
        }
        $bulk = substr($this->bytes, $this->at, $length);
        $this->at += $length + 2;

        return [$bulk];
    }

    /** @return array{list<mixed>|null}|null */
    private function items(int $count, int $depth): ?array
    {
        if ($count < 0) {
            return [null];
        }
        $items = [];
        while ($count-- > 0) {
            if (null === $item = $this->read($depth + 1)) {
                return null;
            }
            $items[] = $item[0];
        }

        return [$items];
    }
}
