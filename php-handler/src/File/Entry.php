<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * A message for the local file, and why it goes there.
 */
final class Entry
{
    /**
     * @param string|null $error why it was not sent; null where it was not to be sent
     * @param string|null $id    of a message that may have been sent nevertheless, see SendReport
     */
    public function __construct(public readonly LogMessage $message, public readonly ?string $error = null, public readonly ?string $id = null)
    {
    }
}
