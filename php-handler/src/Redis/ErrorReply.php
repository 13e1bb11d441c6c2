<?php

declare(strict_types=1);

namespace Envelog\Redis;

/**
 * Redis answered a command with an error: it was not executed.
 */
final class ErrorReply extends \RuntimeException
{
}
