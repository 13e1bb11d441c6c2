<?php

declare(strict_types=1);

namespace Envelog;

use Envelog\DependencyInjection\SendingFilterPass;
use Envelog\DependencyInjection\TransportPass;
use Symfony\Component\DependencyInjection\Compiler\PassConfig;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\HttpKernel\Bundle\Bundle;

/**
 * Reads config/packages/envelog.yaml; see DependencyInjection\Configuration for its keys. It extends Bundle, as
 * AbstractBundle is not in Symfony 5.4.
 */
final class EnvelogBundle extends Bundle
{
    public function build(ContainerBuilder $container): void
    {
        parent::build($container);
        $container->addCompilerPass(new TransportPass());
        // After MonologBundle has made the loggers, wherever it stands in bundles.php.
        $container->addCompilerPass(new SendingFilterPass(), PassConfig::TYPE_BEFORE_OPTIMIZATION, -64);
    }
}
