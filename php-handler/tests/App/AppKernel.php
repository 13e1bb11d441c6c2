<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Envelog\EnvelogBundle;
use Psr\Log\LoggerInterface;
use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Bundle\MonologBundle\MonologBundle;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/**
 * A Symfony application in a directory: config/packages/*.yaml, config/services.yaml, and one page that logs.
 */
final class AppKernel extends Kernel implements CompilerPassInterface
{
    use MicroKernelTrait;

    private const PUBLIC = ['logger', 'monolog.logger.messenger', 'monolog.logger.security', 'envelog.handler', 'envelog.outbox', 'envelog.files', 'messenger.default_bus', 'services_resetter', 'event_dispatcher', 'envelog.sender'];

    public function __construct(private readonly string $directory, bool $debug = false)
    {
        parent::__construct('test', $debug);
    }

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
        if (is_file($this->directory.'/config/packages/monolog.yaml')) {
            yield class_exists(MonologBundle::class) ? new MonologBundle() : new StandInMonologBundle();
        }
        yield new EnvelogBundle();
    }

    public function getProjectDir(): string
    {
        return $this->directory;
    }

    /** Makes what tests look at visible. */
    public function process(ContainerBuilder $container): void
    {
        foreach (self::PUBLIC as $id) {
            if ($container->hasAlias($id)) {
                $container->getAlias($id)->setPublic(true);
            } elseif ($container->hasDefinition($id)) {
                $container->getDefinition($id)->setPublic(true);
            }
        }
    }

    /** The page: logs what the query says, at info. */
    public function page(Request $request, LoggerInterface $logger): Response
    {
        foreach ($request->query->all('messages') as $message) {
            $logger->info('The query says "{message}"', ['message' => $message]);
        }

        return new Response('logged');
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->import($this->directory.'/config/packages/*.yaml');
        $container->import($this->directory.'/config/services.yaml');
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->add('page', '/')->controller('kernel::page');
    }
}
