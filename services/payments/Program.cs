using NexusCart.Payments.Actors;
using NexusCart.Payments.Api;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Webhooks;
using NexusCart.Platform;
using NexusCart.Platform.Actors;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddPaymentProviders();
builder.Services.AddAggregateShards<PaymentShardActor, Payment, PaymentCommand, PaymentAnswer>(
    PaymentShardJson.Default,
    new AggregateShardOptions { ShardCount = builder.Configuration.GetValue("PAYMENT_SHARDS", 8) });
builder.Services.AddSingleton<IPaymentBook, ShardPaymentBook>();
builder.Services.AddSingleton<PaymentFlows>();
builder.Services.AddSingleton<PaymentEffects>();
builder.Services.AddSingleton<WebhookIntake>();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<PaymentsService>();
app.MapPaymentWebhooks();
app.Run();
