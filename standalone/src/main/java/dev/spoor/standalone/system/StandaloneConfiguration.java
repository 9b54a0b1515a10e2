package dev.spoor.standalone.system;

import dev.spoor.gateway.GatewayConfiguration;
import dev.spoor.gateway.ledgerhost.LedgerConfiguration;
import dev.spoor.shipper.ShipperConfiguration;
import dev.spoor.worker.WorkerConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The three apps in one context, on one HTTP port. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({
  GatewayConfiguration.class,
  LedgerConfiguration.class,
  WorkerConfiguration.class,
  ShipperConfiguration.class
})
class StandaloneConfiguration {}
