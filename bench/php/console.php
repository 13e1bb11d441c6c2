<?php

declare(strict_types=1);

/*
 * The PHP side of `make bench`, as a team runs it: an application of Symfony's FrameworkBundle in its prod environment,
 * without debug, with the container compiled before, whose console consumes the transport.
 *
 *     CACHE_DIR=... LOG_DIR=... MESSENGER_TRANSPORT_DSN=... php console.php messenger:consume async_logging
 */

namespace App;

use App\Logging\Message\LogMessage;
use Symfony\Bundle\FrameworkBundle\Console\Application;
use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;

require __DIR__.'/bootstrap.php';
require 'Symfony/Bundle/FrameworkBundle/autoload.php';
class_exists(\Composer\InstalledVersions::class) || require __DIR__.'/../../fixtures/recorder/app/InstalledVersions.php'; // Debian has no Composer
require 'Symfony/Component/Console/autoload.php';
require __DIR__.'/WriteLine.php';

final class Kernel extends BaseKernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
    }

    public function getProjectDir(): string
    {
        return __DIR__;
    }

    public function getCacheDir(): string
    {
        return getenv('CACHE_DIR');
    }

    public function getLogDir(): string
    {
        return getenv('LOG_DIR');
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', [
            'secret' => 'bench',
            'http_method_override' => false,
            'php_errors' => ['log' => false],
            'messenger' => [
                'transports' => ['async_logging' => '%env(MESSENGER_TRANSPORT_DSN)%'],
                'routing' => [LogMessage::class => 'async_logging'],
            ],
        ]);
        $container->services()->set(WriteLine::class)->args(['%env(LOG_DIR)%'])
            ->tag('messenger.message_handler', ['handles' => LogMessage::class]);
    }
}

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
exit((new Application(new Kernel('prod', false)))->run());
