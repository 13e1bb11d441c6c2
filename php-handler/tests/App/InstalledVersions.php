<?php

declare(strict_types=1);

namespace Composer;

/**
 * Debian installs without Composer, but the FrameworkBundle asks Composer which packages may be gone in production: none.
 */
final class InstalledVersions
{
    public static function isInstalled(string $package, bool $includeDevRequirements = true): bool
    {
        return false;
    }
}
