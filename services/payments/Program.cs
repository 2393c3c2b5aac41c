using NexusCart.Payments;
using NexusCart.Payments.Api;
using NexusCart.Payments.Events;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Reconciliation;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddPaymentProviders();
builder.AddPayments();
builder.AddReconciliation();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<PaymentsService>();
app.MapPaymentWebhooks();
app.MapErasures();
app.MapReconcileJob();
app.Run();
