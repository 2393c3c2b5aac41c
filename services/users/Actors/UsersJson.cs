using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Actors;

/// <summary>How accounts, grants, clients and keys are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(ShardPage<Account>))]
[JsonSerializable(typeof(ShardCommand<AccountCommand>[]))]
[JsonSerializable(typeof(ShardReply<AccountAnswer>[]))]
[JsonSerializable(typeof(Grant))]
[JsonSerializable(typeof(GrantAnswer))]
[JsonSerializable(typeof(AuthorizationRecord))]
[JsonSerializable(typeof(TokenRecord))]
[JsonSerializable(typeof(ClientRecord))]
[JsonSerializable(typeof(ScopeRecord))]
[JsonSerializable(typeof(RegistryContent))]
[JsonSerializable(typeof(KeyRing))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(bool))]
public sealed partial class UsersJson : JsonSerializerContext;
