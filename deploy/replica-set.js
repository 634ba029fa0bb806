// Makes the shop's three MongoDB one replica set, and returns when one of them takes writes.
const members = ["mongo1:27017", "mongo2:27017", "mongo3:27017"].map((host, _id) => ({ _id, host }));

try {
  rs.initiate({ _id: "shop", members });
} catch (error) {
  if (error.codeName !== "AlreadyInitialized") throw error;
}
while (!rs.status().members.some((member) => member.stateStr === "PRIMARY")) sleep(200);
print("The replica set is there.");
